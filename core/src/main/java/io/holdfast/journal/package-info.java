/**
 * The journal: what a driver has set up, recorded while it works, so that it can be rebuilt when
 * the process dies.
 *
 * <p>A journal is one file. Chronicle Map lays it out and keeps it mapped, used as an insert-only
 * sequence: the key is a sequence number, the value one checksummed {@linkplain
 * io.holdfast.journal.Frame batch}, and nothing is ever changed or removed in place. {@link
 * io.holdfast.journal.Journal} writes it. {@link io.holdfast.journal.JournalReader} finds the
 * batches in the raw file by their frames: it takes no lock, loads no Chronicle class, and does not
 * depend on Chronicle's own structures being whole. A file is never opened by Chronicle a second
 * time; who goes on with a journal carries its content into a fresh file.
 */
package io.holdfast.journal;
