package io.holdfast.architecture.wrong.engine;

import com.fasterxml.jackson.core.JsonGenerator;
import io.holdfast.architecture.wrong.Api;
import net.openhft.chronicle.map.ChronicleMap;

/** The engine must not know the API above it, nor the libraries of other packages. */
public record BringsLibraries(Api api, ChronicleMap<Long, byte[]> map, JsonGenerator generator) {}
