package org.marginsoftmax.npy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Locale;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.marginsoftmax.AtomicFile;
import org.marginsoftmax.source.ArrayData;

/** Writes features and labels as an NPZ archive, which {@link ArrayData} and numpy can read. */
public final class NpzFile {
  /**
   * The earliest time that a zip archive can store; a fixed time makes the same arrays give the
   * same bytes.
   */
  private static final LocalDateTime TIME = LocalDateTime.of(1980, 1, 1, 0, 0);

  private NpzFile() {}

  /** Whether a file is called like an archive, {@code .npz} at its end. */
  public static boolean isName(Path file) {
    return file.toString().toLowerCase(Locale.ROOT).endsWith(".npz");
  }

  /**
   * Writes {@code features} and {@code labels}, replacing an existing file once all is written.
   *
   * @param type number type of the features
   * @param features values in C order, as many as the shape requires
   * @param shape sizes of the features, outermost first, starting with N
   * @param labels [N], written as int64
   */
  public static void write(
      Path file, NpyFile.Type type, double[] features, int[] shape, int[] labels) {
    AtomicFile.write(
        file,
        out -> {
          // Closed with the file: closing it here would close what is below.
          ZipOutputStream zip = new ZipOutputStream(out);
          zip.setLevel(Deflater.NO_COMPRESSION);
          begin(zip, "features");
          NpyFile.write(zip, type, i -> features[i], features.length, shape);
          begin(zip, "labels");
          NpyFile.write(zip, NpyFile.Type.INT64, i -> labels[i], labels.length, labels.length);
          zip.finish();
        });
  }

  private static void begin(ZipOutputStream zip, String name) throws IOException {
    ZipEntry entry = new ZipEntry(name + ".npy");
    entry.setTimeLocal(TIME);
    zip.putNextEntry(entry);
  }
}
