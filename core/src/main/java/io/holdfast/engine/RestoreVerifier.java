package io.holdfast.engine;

import io.holdfast.model.ExtentList;
import io.holdfast.model.HoldfastException;
import io.holdfast.model.MappingState;
import io.holdfast.session.RestoreListener;
import io.holdfast.session.RestoreReport.Verdict;
import io.holdfast.session.SessionException;
import io.holdfast.session.Stage;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Compares what was brought back with what was recorded: the files' content where it was sealed
 * with a checksum, and every physical extent. No device can write yet. What does not stand the
 * comparison is unmapped, so that no device ever reaches it. Used once, by one thread.
 */
final class RestoreVerifier {
  private final LiveObjects live;
  private final RestoreResults results;
  private final RestoreListener listener;
  private final boolean inherited;

  /**
   * A verifier of what a restore has mapped.
   *
   * @param inherited whether another process mapped it, so that it has to be proved what is mapped
   */
  RestoreVerifier(
      LiveObjects live, RestoreResults results, RestoreListener listener, boolean inherited) {
    this.live = live;
    this.results = results;
    this.listener = listener;
    this.inherited = inherited;
  }

  /**
   * Compares everything, content with the checksums that were begun; what differs is in the results
   * afterwards, and no longer mapped.
   */
  void verify(ContentChecksums checksums) {
    checksums.await().forEach(this::verifyContent);
    int done = 0;
    for (LiveIoas ioas : live.ioases.values()) {
      for (LiveMapping mapping : List.copyOf(ioas.mappings.values())) {
        if (!verifyAddresses(mapping)) {
          live.drop(mapping);
        }
        listener.onProgress(Stage.VERIFY, mapping.state().name(), ++done, results.bufferCount());
      }
    }
  }

  /** Compares a file's bytes with the sealed checksum, where there is one. */
  private void verifyContent(LiveFile file, long found) {
    OptionalLong sealed = file.state().crc32c();
    if (found != sealed.getAsLong()) {
      results.fileFailed(
          file.state(),
          new SessionException(
              "the content of memfd \"%s\" has CRC-32C %08x, but was sealed with %08x"
                  .formatted(file.state().name(), found, sealed.getAsLong()),
              "something wrote to it after the seal: a device that was not stopped, or the process"
                  + " itself"));
    }
  }

  private boolean verifyAddresses(LiveMapping mapping) {
    MappingState recorded = mapping.state();
    String ioas = mapping.ioas().name;
    Optional<HoldfastException> content = results.failureOf(mapping.file().token());
    if (content.isPresent()) {
      results.bufferFailed(ioas, recorded, Verdict.CONTENT_DIFFERS, content.get());
      return false;
    }
    try {
      if (mapping.ioas().isTranslated()) {
        verifyTranslated(mapping);
        return true;
      }
      ExtentList found = live.extents(mapping.ioas(), recorded.iova());
      Optional<ExtentDifference> difference = ExtentDifference.first(recorded.extents(), found);
      if (difference.isPresent()) {
        results.bufferFailed(
            ioas,
            recorded,
            Verdict.MOVED,
            new SessionException(
                "buffer \"%s\" of IOAS \"%s\" is not where it was: %s"
                    .formatted(recorded.name(), ioas, difference.get()),
                "its old addresses belong to somebody else now; start the driver afresh"));
        return false;
      }
      if (inherited) {
        MappingProof.require(live.iommufd, mapping, found);
      }
      results.bufferSame(ioas, recorded, "");
      return true;
    } catch (HoldfastException e) {
      results.bufferFailed(ioas, recorded, Verdict.LOST, e);
      return false;
    }
  }

  /**
   * Behind an IOMMU there are no physical addresses to compare. It is mapped at its IOVA, by this
   * process, and its bytes have been compared where they were sealed with a checksum.
   */
  private void verifyTranslated(LiveMapping mapping) {
    if (inherited) {
      MappingProof.renew(live.iommufd, mapping);
    }
    boolean checksummed = mapping.file().state().crc32c().isPresent();
    results.bufferSame(
        mapping.ioas().name,
        mapping.state(),
        checksummed
            ? "behind an IOMMU: verified by IOVA and bytes"
            : "behind an IOMMU: verified by IOVA only, as it was sealed without checksums");
  }
}
