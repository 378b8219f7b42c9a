package io.holdfast.sys;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;

/**
 * Finds C functions and makes them callable; every restricted call of the foreign-function API is
 * in this class.
 */
final class LinkerHelper {
  private LinkerHelper() {}

  /**
   * A handle on a function of the C library.
   *
   * @throws MissingSymbolException the library has no such function
   * @throws NativeAccessDeniedException the JVM runs with {@code --illegal-native-access=deny} and
   *     without our flag
   */
  @SuppressWarnings("restricted")
  static MethodHandle downcall(
      String symbol, FunctionDescriptor descriptor, Linker.Option... options) {
    return downcall(Linker.nativeLinker().defaultLookup(), symbol, descriptor, options);
  }

  @SuppressWarnings("restricted")
  static MethodHandle downcall(
      SymbolLookup library,
      String symbol,
      FunctionDescriptor descriptor,
      Linker.Option... options) {
    MemorySegment function =
        library.find(symbol).orElseThrow(() -> new MissingSymbolException(symbol));
    try {
      return Linker.nativeLinker().downcallHandle(function, descriptor, options);
    } catch (IllegalCallerException denied) {
      throw new NativeAccessDeniedException(LinkerHelper.class.getModule(), denied);
    }
  }
}
