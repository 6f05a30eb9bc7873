package org.marginsoftmax.savedmodel;

import com.google.protobuf.ExtensionRegistryLite;
import com.google.protobuf.InvalidProtocolBufferException;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.proto.SavedModel;

/** Checks and parses the files of a model without trusting their content. */
public final class ModelFiles {
  /** Largest size of saved_model.pb: no protocol buffers message can be larger. */
  private static final long LARGEST_GRAPH = Integer.MAX_VALUE;

  /** Memory needed for each byte of the file, at most, by a graph of many small operations. */
  private static final int GROWTH = 3;

  private static final int MOST_FILES = 10_000;
  private static final int DEEPEST = 16;
  private static final byte[] ZIP = {'P', 'K', 3, 4};
  private static final byte[] HDF5 = HexFormat.of().parseHex("894844460d0a1a0a");

  private ModelFiles() {}

  /** What is found at a path where something else was expected. */
  static String kind(Path path) {
    if (Files.isDirectory(path)) {
      return "a folder";
    }
    return Files.isRegularFile(path) ? "a file" : Files.exists(path) ? "a device" : "none";
  }

  /**
   * Requires a folder with a saved_model.pb and a limited number and depth of files.
   *
   * @return size of all its files in bytes
   */
  static long check(Path path) {
    if (Files.isRegularFile(path)) {
      throw file(path);
    }
    if (!Files.isDirectory(path)) {
      throw InvalidModel.at(path, "a SavedModel folder", kind(path), "check the path");
    }
    long size = size(path);
    if (!Files.isRegularFile(path.resolve("saved_model.pb"))) {
      throw without(path);
    }
    return size;
  }

  private static InvalidInputException without(Path path) {
    if (Files.exists(path.resolve("saved_model.pbtxt"))) {
      return InvalidModel.at(
          path, "saved_model.pb", "saved_model.pbtxt", "save the model without as_text=True");
    }
    if (Files.exists(path.resolve("saved_model.cpb"))) {
      return InvalidModel.at(
          path,
          "saved_model.pb",
          "saved_model.cpb, a graph in several parts",
          "save the model without experimental_image_format");
    }
    return InvalidModel.at(
        path,
        "a SavedModel folder with saved_model.pb",
        "none in it",
        "give the folder that model.export or model.save wrote");
  }

  /**
   * Total size in bytes of all files in a folder.
   *
   * @throws InvalidInputException if there are too many files
   */
  public static long size(Path folder) {
    try (Stream<Path> files = Files.walk(folder, DEEPEST, FileVisitOption.FOLLOW_LINKS)) {
      long[] found = new long[2];
      files
          .filter(Files::isRegularFile)
          .forEach(
              file -> {
                if (++found[0] > MOST_FILES) {
                  throw InvalidModel.at(
                      folder,
                      "at most " + MOST_FILES + " files",
                      "more",
                      "give the folder of one model");
                }
                found[1] += length(file);
              });
      return found[1];
    } catch (IOException | UncheckedIOException e) {
      IOException cause =
          e instanceof UncheckedIOException unchecked ? unchecked.getCause() : (IOException) e;
      throw InvalidModel.at(
          folder,
          "a folder to read",
          cause instanceof FileSystemLoopException
              ? "a link to a folder around it: " + cause.getMessage()
              : FileTrouble.reason(cause),
          "remove the link, or check its rights");
    }
  }

  private static long length(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Keras' other formats are single files, recognised by content, then by name. */
  private static InvalidInputException file(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    byte[] start = start(file);
    if (startsWith(start, HDF5)) {
      return keras(file, "an HDF5 file of Keras");
    }
    if (startsWith(start, ZIP) && isKerasArchive(file)) {
      return keras(file, "a .keras file");
    }
    if (name.endsWith(".keras") || name.endsWith(".h5") || name.endsWith(".hdf5")) {
      return InvalidModel.at(
          file,
          "a SavedModel folder",
          "a damaged %s file, it starts with %s"
              .formatted(
                  name.substring(name.lastIndexOf('.')),
                  start.length == 0 ? "nothing" : HexFormat.of().formatHex(start)),
          "save it anew, with model.export(\"DIR\")");
    }
    if (name.equals("saved_model.pb")) {
      return InvalidModel.at(file, "a SavedModel folder", "a file", "give the folder it is in");
    }
    return InvalidModel.at(
        file, "a SavedModel folder", "a file", "export the model with model.export(\"DIR\")");
  }

  private static InvalidInputException keras(Path file, String found) {
    return InvalidModel.at(
        file,
        "a SavedModel folder",
        found,
        "in Python: keras.models.load_model(\"%s\").export(\"DIR\")".formatted(file));
  }

  private static byte[] start(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes(HDF5.length);
    } catch (IOException e) {
      throw InvalidModel.at(file, "a readable file", FileTrouble.reason(e), "check its rights");
    }
  }

  private static boolean startsWith(byte[] bytes, byte[] magic) {
    return bytes.length >= magic.length
        && Arrays.equals(bytes, 0, magic.length, magic, 0, magic.length);
  }

  private static boolean isKerasArchive(Path file) {
    try (ZipInputStream zip =
        new ZipInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      // Keras writes metadata.json, config.json and then the weights.
      for (int i = 0; i < 4; i++) {
        ZipEntry entry = zip.getNextEntry();
        if (entry == null) {
          return false;
        }
        if (entry.getName().equals("config.json") || entry.getName().equals("model.weights.h5")) {
          return true;
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      // A zip of something else, or a broken one.
    }
    return false;
  }

  /**
   * Parses saved_model.pb.
   *
   * @throws InvalidInputException if the file is damaged, unreadable, or too large for memory
   */
  public static SavedModel parse(Path file) {
    try {
      long size = Files.size(file);
      if (size > LARGEST_GRAPH) {
        throw InvalidModel.at(
            file,
            "a graph of at most 2 GB",
            (size >> 20) + " MB",
            "save the weights as variables, not frozen into the graph");
      }
      long memory = Runtime.getRuntime().maxMemory();
      if (size > memory / GROWTH) {
        throw InvalidModel.at(
            file,
            "a graph of at most %d MB, a third of the JVM's memory"
                .formatted(memory / GROWTH >> 20),
            (size >> 20) + " MB",
            "give the JVM more with -Xmx, or save the weights as variables");
      }
      try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
        return SavedModel.parseFrom(in, ExtensionRegistryLite.getEmptyRegistry());
      }
    } catch (InvalidProtocolBufferException e) {
      throw InvalidModel.at(
          file, "a SavedModel's graph", "a damaged file: " + e.getMessage(), "export it anew");
    } catch (IOException e) {
      throw InvalidModel.at(file, "a readable file", FileTrouble.reason(e), "check its rights");
    } catch (OutOfMemoryError e) {
      // Thrown by the one large allocation of this thread; what it held is gone.
      throw InvalidModel.at(
          file,
          "a graph that fits into memory",
          "one that needs more than " + (Runtime.getRuntime().maxMemory() >> 20) + " MB",
          "give the JVM more with -Xmx");
    }
  }
}
