package org.marginsoftmax.source;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import org.marginsoftmax.data.Sha256;
import org.marginsoftmax.image.ImageFile;

/**
 * The files of the cache of one source and one form of images.
 *
 * @param dir folder of caches
 * @param stem that their names start with
 */
record CacheFiles(Path dir, String stem) {
  /** Such as {@code faces-112x112x3-0123456789ab}. */
  static CacheFiles of(Path dir, Decoder decoder) {
    Path path = decoder.source().path().toAbsolutePath().normalize();
    String hash =
        Sha256.of(
            List.of(
                path.toString(), decoder.form().toString(), Integer.toString(ImageFile.VERSION)));
    String name = path.getFileName() == null ? "" : path.getFileName().toString();
    return new CacheFiles(
        dir,
        "%s-%s-%s"
            .formatted(
                name.replaceAll("[^\\p{L}\\p{N}._-]", "_"),
                decoder.shape(),
                hash.substring(0, 12)));
  }

  Path index() {
    return dir.resolve(stem + ".index");
  }

  Path lock() {
    return dir.resolve(stem + ".lock");
  }

  Path pixels(CacheIndex index) {
    return dir.resolve(index.pixels());
  }

  /** A name for a new file of pixels. */
  String freshPixels() {
    return "%s-%08x.pixels".formatted(stem, ThreadLocalRandom.current().nextInt());
  }

  /** Deletes files of pixels but one. */
  void deletePixelsBut(String kept) throws IOException {
    try (DirectoryStream<Path> files = Files.newDirectoryStream(dir)) {
      for (Path file : files) {
        String name = file.getFileName().toString();
        if (name.startsWith(stem + "-") && name.endsWith(".pixels") && !name.equals(kept)) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  @Override
  public String toString() {
    return dir.resolve(stem).toString();
  }
}
