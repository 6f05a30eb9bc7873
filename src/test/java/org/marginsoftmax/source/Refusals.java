package org.marginsoftmax.source;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.function.Executable;
import org.marginsoftmax.InvalidInputException;

/** What is refused is refused in one line. */
public final class Refusals {
  private Refusals() {}

  public static void refused(Executable work, String part) {
    String message = assertThrows(InvalidInputException.class, work).getMessage();
    assertTrue(message.contains(part), message);
    assertEquals(1, message.lines().count(), message);
  }
}
