package io.holdfast.engine;

import io.holdfast.linux.Iommufd;
import io.holdfast.model.ExtentList;
import io.holdfast.model.IovaRange;
import io.holdfast.model.KernelException;
import io.holdfast.model.MappingState;
import io.holdfast.session.SessionException;
import io.holdfast.sys.Undo;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Proves that an inherited mapping is a mapping of the file it is said to be of; names both
 * descriptors where it is not.
 *
 * <p>The same part of the file is mapped once more, read-only and at an IOVA of the kernel's
 * choice, and both have to have the same physical addresses; then the second one is unmapped. That
 * changes no byte of the memory, and pins what it compares. Behind an IOMMU the kernel tells no
 * addresses to compare: there a mapping is made anew, or it is only shown that there is one. Keeps
 * no state.
 */
final class MappingProof {
  private MappingProof() {}

  /**
   * Has a mapping be one of its file, at its IOVA, by mapping it anew. No device may use it
   * meanwhile.
   */
  static void renew(Iommufd iommufd, LiveMapping mapping) {
    MappingState.File part = (MappingState.File) mapping.state().backing();
    IovaRange range = mapping.iova();
    iommufd.unmap(mapping.ioas().id, range.start(), range.lengthBytes());
    iommufd.mapFile(
        mapping.ioas().id,
        mapping.file().memfd,
        part.offsetBytes(),
        range.lengthBytes(),
        OptionalLong.of(range.start()),
        mapping.state().readable(),
        mapping.state().writeable());
  }

  /**
   * Shows that something is mapped at a range, without a gap: it is mapped once more, in an IOAS
   * made for that, which is destroyed. What it is of cannot be seen. Changes nothing, so that a
   * device may use it meanwhile.
   *
   * @throws KernelException if there is a gap (ENOENT)
   */
  static void requireMapped(Iommufd iommufd, LiveMapping mapping) {
    int other = iommufd.allocateIoas();
    try (Undo undo = new Undo()) {
      undo.with(() -> iommufd.destroy(other));
      iommufd.copy(
          mapping.ioas().id,
          mapping.iova().start(),
          mapping.iova().lengthBytes(),
          other,
          OptionalLong.empty(),
          true,
          false);
    }
  }

  /**
   * Compares a mapping with the file behind it.
   *
   * @param found the physical extents that the mapping has
   * @throws SessionException if the file's memory is elsewhere
   */
  static void require(Iommufd iommufd, LiveMapping mapping, ExtentList found) {
    MappingState.File part = (MappingState.File) mapping.state().backing();
    long lengthBytes = mapping.iova().lengthBytes();
    int ioas = mapping.ioas().id;
    try (Undo undo = new Undo()) {
      long iova =
          iommufd.mapFile(
              ioas,
              mapping.file().memfd,
              part.offsetBytes(),
              lengthBytes,
              OptionalLong.empty(),
              true,
              false);
      undo.with(() -> iommufd.unmap(ioas, iova, lengthBytes));
      Optional<ExtentDifference> difference =
          ExtentDifference.first(iommufd.physicalExtents(ioas, iova, lengthBytes), found);
      if (difference.isPresent()) {
        throw new SessionException(
            "%s does not map %s as buffer \"%s\" of IOAS \"%s\": %s"
                .formatted(
                    iommufd.describe(),
                    mapping.file().memfd.describe(),
                    mapping.state().name(),
                    mapping.ioas().name,
                    difference.get()),
            "this iommufd belongs to something else; pass on unchanged what the restore tool or the"
                + " store has given");
      }
    }
  }
}
