package org.marginsoftmax.data;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Folders are written whole or not at all. */
class FoldersTest {
  @TempDir private Path dir;

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void nothingIsLeftOfAFailedWrite(boolean device) {
    Path model = dir.resolve("model");

    RuntimeException e =
        assertThrows(
            RuntimeException.class,
            () ->
                Folders.write(
                    model,
                    aside -> {
                      Files.createDirectories(aside.resolve("variables"));
                      Files.writeString(aside.resolve("variables").resolve("a"), "half");
                      if (device) {
                        throw new IOException("No space left on device");
                      }
                      throw new IllegalStateException("ours");
                    }));

    assertArrayEquals(new String[0], dir.toFile().list());
    if (device) {
      UncheckedIOException unchecked = (UncheckedIOException) e;
      assertTrue(unchecked.getMessage().contains(model.toString()), e::getMessage);
    }
  }

  @Test
  void takesThePlaceOfAnEmptyFolder() throws IOException {
    Path model = Files.createDirectory(dir.resolve("model"));

    Folders.write(
        model,
        aside -> {
          Files.createDirectories(aside);
          Files.writeString(aside.resolve("a"), "whole");
        });

    assertEquals("whole", Files.readString(model.resolve("a")));
    assertArrayEquals(new String[] {"model"}, dir.toFile().list());
  }
}
