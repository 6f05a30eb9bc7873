package org.marginsoftmax.npy;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.ZipException;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;

/**
 * A readable array in NPY format: a file, or an entry of an archive.
 *
 * @param where location, for messages
 * @param opening opens its bytes at the start
 * @param most largest number of bytes that it can hold, whatever its header claims
 */
public record NpySource(Object where, Opening opening, long most) {
  private static final int AT_ONCE = 1 << 16;

  /** Opens the bytes. */
  public interface Opening {
    InputStream open() throws IOException;
  }

  /** Converts the numbers. */
  public interface Reading<T> {
    T of(InputStream in, NpyHeader header, Object where) throws IOException;
  }

  /**
   * The array in a file.
   *
   * @throws InvalidInputException if the path is not a file
   */
  public static NpySource of(Path file) {
    FileTrouble.requireFileOrFolder(file);
    if (!Files.isRegularFile(file)) {
      throw new InvalidInputException(
          "an NPY file", Files.exists(file) ? "a folder" : "none", file, "check the path");
    }
    return new NpySource(file, () -> Files.newInputStream(file), file.toFile().length());
  }

  /**
   * Reads the array.
   *
   * @throws InvalidInputException if it is damaged or holds no numbers
   */
  public <T> T read(Reading<T> reading) {
    try (InputStream in = new BufferedInputStream(opening.open(), AT_ONCE)) {
      NpyHeader header = NpyHeader.read(in, where);
      if ((long) header.size() * header.bytes() > most) {
        throw new EOFException();
      }
      return reading.of(in, header, where);
    } catch (ArithmeticException e) {
      throw new InvalidInputException(
          "at most 2^31 numbers", "more in the header", where, "split the array", e);
    } catch (EOFException e) {
      throw new InvalidInputException(
          "a whole NPY file", "its end too early", where, "save it anew", e);
    } catch (ZipException e) {
      throw new InvalidInputException(
          "a sound archive", FileTrouble.said(e), where, "save it anew", e);
    } catch (IOException e) {
      throw new InvalidInputException(
          "a readable file", FileTrouble.said(e), where, "check its rights", e);
    }
  }
}
