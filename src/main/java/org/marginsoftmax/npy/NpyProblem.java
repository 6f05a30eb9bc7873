package org.marginsoftmax.npy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.zip.ZipFile;
import org.marginsoftmax.InvalidInputException;

/**
 * Errors for files that are not NPY arrays of numbers; each names what the file is and a remedy.
 */
final class NpyProblem {
  private static final Pattern KIND = Pattern.compile("'descr':\\s*'[<>|=]?([a-zA-Z])(\\d*)");
  private static final String FORMAT = "an NPY file of version 1 to 3";
  private static final String NUMBERS = "an array of float16, float32, float64 or integers";

  private NpyProblem() {}

  /** The error for a file that does not start like NPY. */
  static InvalidInputException format(Object where, byte[] start) {
    String begins = new String(start, StandardCharsets.ISO_8859_1);
    if (begins.startsWith("PK")) {
      return new InvalidInputException(
          FORMAT,
          "an NPZ archive" + (where instanceof Path file ? arrays(file) : ""),
          where,
          "save one of its arrays: numpy.save('a.npy', numpy.load(FILE)['NAME'])");
    }
    String found;
    if (start.length == 0) {
      found = "an empty file";
    } else if (begins.startsWith("\u0089HDF")) {
      found = "an HDF5 file";
    } else if (begins.startsWith("\u001f\u008b")) {
      found = "a gzip file";
    } else if (begins.startsWith("\u0080")) {
      found = "a pickle";
    } else if (begins.chars().allMatch(c -> c >= ' ' && c < 0x7f || c == '\n' || c == '\r')) {
      found = "text";
    } else {
      found = "bytes " + HexFormat.ofDelimiter(" ").formatHex(start);
    }
    return new InvalidInputException(FORMAT, found, where, "save it with numpy.save");
  }

  private static String arrays(Path file) {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      return zip.stream()
          .limit(5)
          .map(entry -> entry.getName().replaceAll("\\.npy$", ""))
          .collect(Collectors.joining(", ", " of ", zip.size() > 5 ? " and more" : ""));
    } catch (IOException e) {
      return "";
    }
  }

  /** The error for an NPY file whose number type cannot be read. */
  static InvalidInputException type(Object where, String header) {
    Matcher kind = KIND.matcher(header);
    if (header.matches("(?s).*'descr':\\s*\\[.*")) {
      return new InvalidInputException(
          NUMBERS, "records of named fields: " + header, where, "save one field: a['NAME']");
    }
    if (!kind.find()) {
      return new InvalidInputException(
          NUMBERS, "the header " + header, where, "save it with numpy.save");
    }
    char letter = kind.group(1).charAt(0);
    String found =
        switch (letter) {
          case 'O' -> "Python objects";
          case 'U', 'S', 'a' -> "texts";
          case 'c' -> "complex numbers";
          case 'M', 'm' -> "times";
          case 'V' -> "raw bytes, as of bfloat16";
          case 'f' -> "float" + 8 * Integer.parseInt("0" + kind.group(2));
          default -> "another kind";
        };
    return new InvalidInputException(
        NUMBERS,
        found + ": " + header,
        where,
        "OUSa".indexOf(letter) >= 0
            ? "save numbers: of labels numpy.unique(a, return_inverse=True)[1], of samples"
                + " a.astype('float32')"
            : "save a.astype('float32')");
  }
}
