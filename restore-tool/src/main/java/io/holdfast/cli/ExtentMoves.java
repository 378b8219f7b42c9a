package io.holdfast.cli;

import io.holdfast.model.ExtentList;
import java.util.ArrayList;
import java.util.List;

/**
 * Where two lists of extents have the same offsets of a buffer at different physical addresses.
 *
 * @param moves each stretch, in the order of its offset; two that continue each other on both sides
 *     are one
 * @param movedBytes how many bytes they have together
 */
record ExtentMoves(List<Move> moves, long movedBytes) {
  /** A stretch of a buffer that is somewhere else. */
  record Move(long offsetBytes, long lengthBytes, long before, long after) {}

  /** Compares them as far as the shorter one goes. */
  static ExtentMoves of(ExtentList before, ExtentList after) {
    List<Move> moves = new ArrayList<>();
    long moved = 0;
    long offset = 0;
    int i = 0;
    int j = 0;
    long usedI = 0;
    long usedJ = 0;
    while (i < before.size() && j < after.size()) {
      long step = Math.min(before.lengthBytes(i) - usedI, after.lengthBytes(j) - usedJ);
      long was = before.physicalAddress(i) + usedI;
      long is = after.physicalAddress(j) + usedJ;
      if (was != is) {
        moved += step;
        append(moves, new Move(offset, step, was, is));
      }
      offset += step;
      usedI += step;
      usedJ += step;
      if (usedI == before.lengthBytes(i)) {
        i++;
        usedI = 0;
      }
      if (usedJ == after.lengthBytes(j)) {
        j++;
        usedJ = 0;
      }
    }
    return new ExtentMoves(List.copyOf(moves), moved);
  }

  private static void append(List<Move> moves, Move next) {
    Move last = moves.isEmpty() ? null : moves.getLast();
    if (last != null
        && last.offsetBytes() + last.lengthBytes() == next.offsetBytes()
        && last.before() + last.lengthBytes() == next.before()
        && last.after() + last.lengthBytes() == next.after()) {
      moves.set(
          moves.size() - 1,
          new Move(
              last.offsetBytes(),
              last.lengthBytes() + next.lengthBytes(),
              last.before(),
              last.after()));
    } else {
      moves.add(next);
    }
  }
}
