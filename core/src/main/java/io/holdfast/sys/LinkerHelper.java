package io.holdfast.sys;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.util.List;

/**
 * Finds C functions and makes them callable; every restricted call of the foreign-function API is
 * in this class.
 */
final class LinkerHelper {
  private LinkerHelper() {}

  /**
   * Looks for functions of the C library.
   *
   * @throws MissingSymbolException the library lacks one of them
   */
  static void require(List<String> symbols) {
    SymbolLookup library = Linker.nativeLinker().defaultLookup();
    for (String symbol : symbols) {
      find(library, symbol);
    }
  }

  /**
   * Where a function of the C library is.
   *
   * @throws MissingSymbolException the library has no such function
   */
  static MemorySegment find(String symbol) {
    return find(Linker.nativeLinker().defaultLookup(), symbol);
  }

  private static MemorySegment find(SymbolLookup library, String symbol) {
    return library.find(symbol).orElseThrow(() -> new MissingSymbolException(symbol));
  }

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
    return downcall(descriptor, options).bindTo(find(library, symbol));
  }

  /**
   * A handle on any function with a signature; its first argument says where the function is.
   *
   * @throws NativeAccessDeniedException as {@link #downcall(String, FunctionDescriptor,
   *     Linker.Option...)}
   */
  @SuppressWarnings("restricted")
  static MethodHandle downcall(FunctionDescriptor descriptor, Linker.Option... options) {
    try {
      return Linker.nativeLinker().downcallHandle(descriptor, options);
    } catch (IllegalCallerException denied) {
      throw new NativeAccessDeniedException(LinkerHelper.class.getModule(), denied);
    }
  }
}
