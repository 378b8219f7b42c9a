package io.holdfast.architecture.wrong.model;

import io.holdfast.architecture.wrong.serializer.ReachesUpFromSerializer;
import java.nio.file.Path;

/** A record must not read files, nor know how it is written down. */
public record ReadsFiles(Path file, ReachesUpFromSerializer serializer) {}
