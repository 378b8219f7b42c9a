package io.holdfast.engine;

import io.holdfast.linux.Iommufd;
import io.holdfast.model.ExtentList;
import io.holdfast.model.MappingState;
import io.holdfast.session.SessionException;
import io.holdfast.sys.Undo;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Proves that an inherited mapping is a mapping of the file it is said to be of.
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
            "buffer \"%s\" of IOAS \"%s\" is not mapped to its file: %s"
                .formatted(mapping.state().name(), mapping.ioas().name, difference.get()),
            "the inherited iommufd belongs to something else; start the driver through the restore"
                + " tool, and pass its descriptors on unchanged");
      }
    }
  }
}
