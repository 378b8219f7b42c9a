package io.holdfast.cli;

import io.holdfast.model.ExtentList;

/** Physical extents as a table, of which there may be millions. Keeps no state. */
final class ExtentTable {
  private static final String[] HEAD = {"offset", "physical address", "bytes"};
  private static final int GAP = 2;

  private ExtentTable() {}

  static void print(Page page, ExtentList extents) {
    long offset = 0;
    long highest = 0;
    long longest = 0;
    for (int i = 0; i < extents.size(); i++) {
      if (Long.compareUnsigned(extents.physicalAddress(i), highest) > 0) {
        highest = extents.physicalAddress(i);
      }
      longest = Math.max(longest, extents.lengthBytes(i));
      offset += i + 1 < extents.size() ? extents.lengthBytes(i) : 0;
    }
    int[] widths = {
      Math.max(HEAD[0].length(), Page.hexWidth(offset)),
      Math.max(HEAD[1].length(), Page.hexWidth(highest)),
      Math.max(HEAD[2].length(), Page.groupedWidth(longest))
    };
    for (int column = 0; column < HEAD.length; column++) {
      page.spaces(GAP + widths[column] - HEAD[column].length()).text(HEAD[column]);
    }
    page.end();
    offset = 0;
    for (int i = 0; i < extents.size(); i++) {
      long address = extents.physicalAddress(i);
      long length = extents.lengthBytes(i);
      page.spaces(GAP + widths[0] - Page.hexWidth(offset)).hex(offset);
      page.spaces(GAP + widths[1] - Page.hexWidth(address)).hex(address);
      page.spaces(GAP + widths[2] - Page.groupedWidth(length)).grouped(length).end();
      offset += length;
    }
  }
}
