package io.holdfast.model;

/** What a restore does when this device or buffer cannot be brought back exactly as it was. */
public enum Policy {
  /** The whole restore fails and nothing is handed out. */
  REQUIRED,
  /** It is left out, and the report says so. */
  OPTIONAL
}
