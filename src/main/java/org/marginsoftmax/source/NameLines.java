package org.marginsoftmax.source;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;

/**
 * Reads names from a file, one per line: UTF-8, with or without a byte order mark, with the line
 * endings of any system. Blank lines at the end are ignored.
 */
public final class NameLines {
  private static final char MARK = '\uFEFF';

  private NameLines() {}

  /**
   * Reads the names.
   *
   * @throws InvalidInputException if the file cannot be read or is not UTF-8, or a line before the
   *     last name is blank; the message gives its line number
   */
  public static List<String> read(Path file) {
    String text = text(file);
    List<String> names = new ArrayList<>(text.lines().toList());
    while (!names.isEmpty() && names.get(names.size() - 1).isBlank()) {
      names.remove(names.size() - 1);
    }
    for (int i = 0; i < names.size(); i++) {
      if (names.get(i).isBlank()) {
        throw new InvalidInputException(
            "a name on every line",
            "a blank line " + (i + 1) + " of " + names.size(),
            file,
            "remove it, or name what it stands for");
      }
    }
    return List.copyOf(names);
  }

  private static String text(Path file) {
    FileTrouble.requireFileOrFolder(file);
    byte[] bytes;
    try {
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new InvalidInputException("a file of names", "none", file, "check the path", e);
    } catch (IOException e) {
      throw new InvalidInputException(
          "a file of names", FileTrouble.said(e), file, "check the path", e);
    }
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    ByteBuffer in = ByteBuffer.wrap(bytes);
    CharBuffer out = CharBuffer.allocate(bytes.length + 1);
    CoderResult result = decoder.decode(in, out, true);
    String text = out.flip().toString();
    if (result.isError()) {
      long line = 1 + text.chars().filter(c -> c == '\n').count();
      throw new InvalidInputException(
          "names in UTF-8", "other bytes in line " + line, file, "save it as UTF-8");
    }
    return text.startsWith(String.valueOf(MARK)) ? text.substring(1) : text;
  }
}
