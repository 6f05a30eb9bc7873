package org.marginsoftmax.source;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.csv.CSVFormat;
import org.apache.commons.csv.CSVParser;
import org.apache.commons.csv.CSVRecord;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;

/**
 * A CSV or TSV file: cells separated by commas, semicolons or tabs, in quotes where needed; UTF-8,
 * or UTF-16 with a byte order mark; with the line endings of any system. A first line such as
 * {@code sep=;}, as Excel writes and reads it, says what separates the cells.
 *
 * @param file to read
 * @param charset of its text
 * @param delimiter between cells
 * @param declared whether the first line says the delimiter, and is no row
 */
public record ListFile(Path file, Charset charset, char delimiter, boolean declared) {
  private static final char MARK = '\uFEFF';
  private static final Pattern DECLARED = Pattern.compile("(?i)\"?sep=([^\"\\s]|\t)\"?");

  /** Takes the rows one by one. */
  public interface Rows {
    /**
     * A row that is not blank.
     *
     * @param cells without spaces around them
     * @param line of the file, from 1; the last one of a row with line breaks in quotes
     */
    void row(List<String> cells, int line);
  }

  /**
   * Looks at the beginning of a file.
   *
   * @throws InvalidInputException if it cannot be read
   */
  public static ListFile of(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      byte[] start = in.readNBytes(2);
      int mark = start.length < 2 ? 0 : (start[0] & 0xff) << 8 | start[1] & 0xff;
      Charset charset =
          mark == 0xfeff
              ? StandardCharsets.UTF_16BE
              : mark == 0xfffe ? StandardCharsets.UTF_16LE : StandardCharsets.UTF_8;
      ListFile list = new ListFile(file, charset, ',', false);
      try (BufferedReader text = list.reader(CodingErrorAction.REPLACE)) {
        String read = text.readLine();
        String first = read == null ? "" : read;
        Matcher declared = DECLARED.matcher(first);
        return declared.matches()
            ? new ListFile(file, charset, declared.group(1).charAt(0), true)
            : new ListFile(file, charset, delimiter(first, file), false);
      }
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private static InvalidInputException unreadable(Path file, IOException e) {
    return new InvalidInputException(
        "a readable list", FileTrouble.said(e), file, "check the path and its rights", e);
  }

  /** The most frequent of tab, semicolon and comma outside of quotes. */
  private static char delimiter(String line, Path file) {
    String bare = line.replaceAll("\"[^\"]*\"", "");
    if (file.toString().toLowerCase(Locale.ROOT).endsWith(".tsv")) {
      return '\t';
    }
    char most = ',';
    for (char each : new char[] {';', '\t'}) {
      most = count(bare, each) > count(bare, most) ? each : most;
    }
    return most;
  }

  private static long count(String line, char sought) {
    return line.chars().filter(c -> c == sought).count();
  }

  private BufferedReader reader(CodingErrorAction onError) throws IOException {
    BufferedReader text =
        new BufferedReader(
            new InputStreamReader(
                Files.newInputStream(file),
                charset.newDecoder().onMalformedInput(onError).onUnmappableCharacter(onError)));
    text.mark(1);
    if (text.read() != MARK) {
      text.reset();
    }
    return text;
  }

  /**
   * Reads all rows.
   *
   * @throws InvalidInputException if the file cannot be read, is not text, or quotes do not match
   */
  public void read(Rows rows) {
    CSVFormat format =
        CSVFormat.DEFAULT.builder().setDelimiter(delimiter).setIgnoreEmptyLines(true).get();
    try (BufferedReader text = reader(CodingErrorAction.REPORT)) {
      if (declared) {
        text.readLine();
      }
      try (CSVParser parser = CSVParser.builder().setReader(text).setFormat(format).get()) {
        read(parser, rows);
      }
    } catch (CharacterCodingException e) {
      throw noText(e);
    } catch (IOException e) {
      throw unreadable(file, e);
    }
  }

  private void read(CSVParser parser, Rows rows) throws IOException {
    Iterator<CSVRecord> records = parser.iterator();
    while (true) {
      CSVRecord record;
      try {
        if (!records.hasNext()) {
          return;
        }
        record = records.next();
      } catch (UncheckedIOException e) {
        if (e.getCause() instanceof CharacterCodingException) {
          throw e.getCause();
        }
        throw new InvalidInputException(
            "quotes around whole cells, and doubled within",
            "others in line " + line(parser),
            file,
            "mend the quotes",
            e);
      }
      List<String> cells = record.stream().map(String::strip).toList();
      if (cells.stream().anyMatch(cell -> !cell.isEmpty())) {
        rows.row(cells, line(parser));
      }
    }
  }

  /** Number of the line of the file that was read last. */
  private int line(CSVParser parser) {
    return (int) parser.getCurrentLineNumber() + (declared ? 1 : 0);
  }

  private InvalidInputException noText(IOException e) {
    int line = 1;
    try (BufferedReader text = reader(CodingErrorAction.REPLACE)) {
      for (String next = text.readLine();
          next != null && next.indexOf('\uFFFD') < 0;
          next = text.readLine()) {
        line++;
      }
    } catch (IOException again) {
      e.addSuppressed(again);
    }
    return new InvalidInputException(
        "a list in UTF-8", "other bytes in line " + line, file, "save it as UTF-8", e);
  }
}
