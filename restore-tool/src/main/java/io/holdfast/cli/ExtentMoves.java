package io.holdfast.cli;

import io.holdfast.engine.ExtentPairs;
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
    for (ExtentPairs pairs = new ExtentPairs(before, after); pairs.next(); ) {
      if (pairs.first() != pairs.second()) {
        moved += pairs.lengthBytes();
        append(
            moves,
            new Move(pairs.offsetBytes(), pairs.lengthBytes(), pairs.first(), pairs.second()));
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
