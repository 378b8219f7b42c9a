package io.holdfast.linux;

/** What tells an open file from every other one of this boot: its device and inode number. */
public record FileIdentity(int deviceMajor, int deviceMinor, long inode) {}
