package org.marginsoftmax.gallery;

import java.io.Closeable;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.lucene.index.CodecReader;
import org.apache.lucene.index.CorruptIndexException;
import org.apache.lucene.index.DirectoryReader;
import org.apache.lucene.index.IndexFormatTooNewException;
import org.apache.lucene.index.IndexFormatTooOldException;
import org.apache.lucene.index.IndexWriter;
import org.apache.lucene.index.IndexWriterConfig;
import org.apache.lucene.index.LeafReaderContext;
import org.apache.lucene.store.Directory;
import org.apache.lucene.store.FSDirectory;
import org.apache.lucene.store.LockObtainFailedException;
import org.apache.lucene.util.IOUtils;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Folders;

/**
 * The folder of a gallery, with Lucene's index in it. A folder that is not a gallery, or a damaged
 * one, is refused with a message.
 */
final class GalleryFolder implements Closeable {
  private static final double BUFFER_MEGABYTES = 256;

  /** What is in a folder whose creation was cut off. */
  private static final Pattern BEGINNINGS = Pattern.compile("write\\.lock|pending_segments_.*");

  private final Path path;
  private final Directory directory;

  private GalleryFolder(Path path) throws IOException {
    this.path = path;
    directory = FSDirectory.open(path);
  }

  /**
   * Opens a folder that has a gallery in it.
   *
   * @throws InvalidInputException if it has none
   */
  static GalleryFolder open(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      throw refused(
          path,
          "a gallery",
          Files.exists(path) ? "a file" : "nothing",
          "check the path, or add embeddings to make one");
    }
    GalleryFolder folder = new GalleryFolder(path);
    if (!folder.hasGallery()) {
      folder.close();
      throw refused(
          path,
          "a gallery",
          isFree(path) ? "an empty folder" : "a folder of something else",
          "check the path, or choose a new one");
    }
    return folder;
  }

  /**
   * Puts an empty gallery where there is nothing, or an empty folder.
   *
   * @throws InvalidInputException if another process is about to
   */
  static void createIfFree(Path path) throws IOException {
    if (!isFree(path)) {
      return;
    }
    boolean made = !Files.exists(path);
    Files.createDirectories(path);
    try {
      begin(path);
    } catch (IOException e) {
      if (made) {
        Folders.delete(path);
      }
      throw e;
    }
  }

  private static void begin(Path path) throws IOException {
    try (GalleryFolder folder = new GalleryFolder(path);
        IndexWriter writer = folder.writer()) {
      // Another process may have been faster.
      if (!folder.hasGallery()) {
        writer.setLiveCommitData(GalleryState.EMPTY.commitData());
        writer.commit();
      }
    }
  }

  Path path() {
    return path;
  }

  private boolean hasGallery() throws IOException {
    return DirectoryReader.indexExists(directory);
  }

  private static boolean isFree(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return !Files.exists(path);
    }
    try (Stream<Path> files = Files.list(path)) {
      return files.allMatch(f -> BEGINNINGS.matcher(f.getFileName().toString()).matches());
    }
  }

  /**
   * Reads the content and verifies the checksum of every byte.
   *
   * @throws InvalidInputException if it is damaged, or of another program
   */
  DirectoryReader read() throws IOException {
    DirectoryReader reader = null;
    try {
      reader = DirectoryReader.open(directory);
      GalleryState.of(reader);
      for (LeafReaderContext leaf : reader.leaves()) {
        ((CodecReader) leaf.reader()).checkIntegrity();
      }
      return reader;
    } catch (CorruptIndexException
        | IndexFormatTooNewException
        | IndexFormatTooOldException
        | NoSuchFileException
        | FileNotFoundException
        | EOFException e) {
      IOUtils.closeWhileHandlingException(reader);
      throw refused(path, "a whole gallery", e.getMessage(), "restore it from a copy");
    } catch (IOException | RuntimeException e) {
      IOUtils.closeWhileHandlingException(reader);
      throw e;
    }
  }

  /**
   * What writes to it, alone until it is closed.
   *
   * @throws InvalidInputException while another process or gallery writes
   */
  IndexWriter writer() throws IOException {
    try {
      return new IndexWriter(
          directory,
          new IndexWriterConfig(null)
              .setCodec(HnswFormat.codec())
              .setRAMBufferSizeMB(BUFFER_MEGABYTES));
    } catch (LockObtainFailedException e) {
      throw new InvalidInputException(
          "gallery %s: expected to be its only writer, found another; wait until it ends, or write there"
              .formatted(path),
          e);
    }
  }

  InvalidInputException refused(String expected, String found, String remedy) {
    return refused(path, expected, found, remedy);
  }

  private static InvalidInputException refused(
      Path path, String expected, String found, String remedy) {
    return new InvalidInputException(
        "gallery %s: expected %s, found %s; %s".formatted(path, expected, found, remedy));
  }

  @Override
  public void close() throws IOException {
    directory.close();
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
