package org.marginsoftmax.source;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;

/** Small tar files for tests. */
final class Tars {
  private static final Path IMAGE =
      Path.of("src/test/resources/fixtures/sources/folder/ant/000.png");

  private Tars() {}

  /** Writes files by their names. */
  static void write(Path tar, List<Map.Entry<String, byte[]>> files) throws IOException {
    try (TarArchiveOutputStream out = new TarArchiveOutputStream(Files.newOutputStream(tar))) {
      for (Map.Entry<String, byte[]> file : files) {
        TarArchiveEntry entry = new TarArchiveEntry(file.getKey());
        entry.setSize(file.getValue().length);
        out.putArchiveEntry(entry);
        out.write(file.getValue());
        out.closeArchiveEntry();
      }
    }
  }

  /** Writes files, each given as its name, or as name=content; without content it is an image. */
  static void write(Path tar, String... files) throws IOException {
    byte[] image = Files.readAllBytes(IMAGE);
    List<Map.Entry<String, byte[]>> contents = new ArrayList<>();
    for (String file : files) {
      String[] parts = file.split("=", 2);
      contents.add(
          Map.entry(
              parts[0], parts.length == 1 ? image : parts[1].getBytes(StandardCharsets.UTF_8)));
    }
    write(tar, contents);
  }
}
