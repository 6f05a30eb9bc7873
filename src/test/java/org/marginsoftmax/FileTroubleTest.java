package org.marginsoftmax;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Errors of files are told in words, with the path. */
class FileTroubleTest {
  static Stream<IOException> errors() {
    return Stream.of(
        new NoSuchFileException("/a/b"),
        new AccessDeniedException("/a/b"),
        new NotDirectoryException("/a/b"),
        new DirectoryNotEmptyException("/a/b"),
        new FileAlreadyExistsException("/a/b"),
        new FileSystemLoopException("/a/b"),
        new FileSystemException("/a/b"),
        new FileSystemException("/from", "/a/b", "No space left on device"),
        new FileSystemException("/a/b", null, "Too many open files"),
        new FileNotFoundException("/a/b (Permission denied)"),
        new FileNotFoundException("/a/b"),
        new EOFException(),
        new MalformedInputException(1),
        new IOException("No space left on device"));
  }

  @ParameterizedTest
  @MethodSource("errors")
  void inWordsWithThePath(IOException e) {
    String said = FileTrouble.said(FileTrouble.with(Path.of("/a/b"), e).getCause());

    assertTrue(said.contains("/a/b"), said);
    assertFalse(said.contains("Exception") || said.contains("java."), said);
    assertFalse(said.endsWith(": ") || said.contains("null"), said);
  }

  @Test
  void namesWhatIsWrong() {
    IOException full = new IOException("No space left on device");

    assertEquals(
        "/a/b: no space left on device",
        FileTrouble.said(FileTrouble.with(Path.of("/a/b"), full).getCause()));
    assertEquals("/a/b: no right to it", FileTrouble.said(new AccessDeniedException("/a/b")));
    assertEquals(
        "/a/b: Permission denied",
        FileTrouble.said(new FileNotFoundException("/a/b (Permission denied)")));
  }

  /**
   * What words an error must not show a class's name; but for what a user's own class throws, which
   * is said to whoever wrote it.
   */
  @Test
  void noMessageShowsAnExceptionItself() throws IOException {
    try (Stream<Path> files = Files.walk(Path.of("src/main/java"))) {
      for (Path file :
          files
              .filter(f -> f.toString().endsWith(".java") && !f.endsWith("Providers.java"))
              .toList()) {
        String source = Files.readString(file);
        boolean shows = source.contains(" e.toString(),") || source.contains("cause.toString()");
        assertFalse(shows, file + " shows an exception's class; see FileTrouble");
      }
    }
  }
}
