package io.holdfast.engine;

import io.holdfast.linux.Iommufd;
import io.holdfast.model.ExtentList;
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
 * changes no byte of the memory, and pins what it compares. Keeps no state.
 */
final class MappingProof {
  private MappingProof() {}

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
