package org.marginsoftmax.source;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Spelling;

/** The formats in which data sets come. */
public enum DataFormat {
  /** A folder of images for each class; see {@link ImageFolder}. */
  FOLDER,
  /** A CSV or TSV file of paths and labels. */
  LIST,
  /** Four IDX files; see {@link IdxFolder}. */
  IDX,
  /** NPY and NPZ arrays; see {@link ArrayData}. */
  ARRAYS,
  /** Tar files of samples, as WebDataset writes them. */
  WEBDATASET,
  /** RecordIO files of MXNet. */
  RECORDIO,
  /** TFRecord files of {@code tf.train.Example}. */
  TFRECORD;

  /** The name as an option has it. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The format of this name.
   *
   * @throws InvalidInputException if there is none
   */
  public static DataFormat named(String name) {
    List<String> names = Stream.of(values()).map(DataFormat::toString).toList();
    return Stream.of(values())
        .filter(format -> format.toString().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new InvalidInputException(
                    "data format: expected %s, found '%s'%s"
                        .formatted(
                            String.join(", ", names),
                            name,
                            Spelling.nearest(name, names)
                                .map(meant -> "; did you mean " + meant + "?")
                                .orElse("; name one of these"))));
  }

  /** The format of a data set, by what lies there; {@link #IDX} if nothing else is recognised. */
  public static DataFormat of(Path path) {
    if (Shards.isPattern(path)) {
      // As the files will be called.
      DataFormat format = ofName(path.toString().replaceAll("[{}]", ""));
      return format == null ? IDX : format;
    }
    if (!Files.isDirectory(path)) {
      DataFormat format = path.getFileName() == null ? null : ofName(path.getFileName().toString());
      return ArrayData.is(path) ? ARRAYS : format == null ? IDX : format;
    }
    if (holds(path, IdxFolder::isIdx)) {
      return IDX;
    }
    if (ArrayData.is(path)) {
      return ARRAYS;
    }
    DataFormat shards = shardsIn(path);
    if (shards != null) {
      return shards;
    }
    if (ImageFolder.is(path)) {
      ArrayData.requireNoneBesideFolders(path);
      return FOLDER;
    }
    return IDX;
  }

  private static DataFormat ofName(String name) {
    if (ImageList.isName(name)) {
      return LIST;
    }
    return Stream.of(WEBDATASET, RECORDIO, TFRECORD)
        .filter(format -> format.isShard(name))
        .findFirst()
        .orElse(null);
  }

  private boolean isShard(String name) {
    return switch (this) {
      case WEBDATASET -> TarShards.isName(name);
      case RECORDIO -> RecordIo.isName(name);
      case TFRECORD -> TfRecords.isName(name);
      default -> false;
    };
  }

  /**
   * The format of the shards in a folder or in its parts. Where there are class folders, a tar file
   * beside them is the archive that they came from.
   */
  private static DataFormat shardsIn(Path dir) {
    boolean hasClasses =
        SplitFolders.folders(dir).stream()
            .anyMatch(
                folder ->
                    Part.named(folder.getFileName().toString()) == null
                        || !SplitFolders.folders(folder).isEmpty());
    if (hasClasses) {
      return null;
    }
    for (DataFormat format : List.of(WEBDATASET, RECORDIO, TFRECORD)) {
      Predicate<Path> isShard =
          file -> format.isShard(file.getFileName().toString()) && Files.isRegularFile(file);
      if (holds(dir, isShard)
          || holds(
              dir,
              folder ->
                  Part.named(folder.getFileName().toString()) != null
                      && Files.isDirectory(folder)
                      && holds(folder, isShard))) {
        return format;
      }
    }
    return null;
  }

  private static boolean holds(Path dir, Predicate<Path> file) {
    try (Stream<Path> listed = Files.list(dir)) {
      return listed.anyMatch(file);
    } catch (IOException e) {
      return false; // whoever reads it says so
    }
  }

  /** Whether the data set is a source of images, which are listed before they are decoded. */
  public boolean isSource() {
    return this != IDX && this != ARRAYS;
  }

  /**
   * Lists the images of a source of this format; none is decoded.
   *
   * @param progress receives messages
   * @throws InvalidInputException if the source cannot be read, is damaged or contradicts itself
   */
  public Source open(Path path, SourceOptions options, Consumer<String> progress) {
    return switch (this) {
      case FOLDER -> ImageFolder.open(path, options.nestedClasses(), progress);
      case LIST -> ImageList.of(path, options.root(), progress);
      case WEBDATASET -> new ShardSource(path, new TarShards(), progress);
      case RECORDIO -> new ShardSource(path, new RecordIo(), progress);
      case TFRECORD ->
          new ShardSource(
              path, new TfRecords(options.tfrecordImage(), options.tfrecordLabel()), progress);
      case IDX, ARRAYS ->
          throw new IllegalStateException(
              Stream.of(values())
                  .filter(DataFormat::isSource)
                  .map(DataFormat::toString)
                  .collect(Collectors.joining(", ")));
    };
  }

  /** Whether there is anything at the path of a data set, which may stand for several files. */
  public static boolean exists(Path path) {
    return Files.exists(path) || Shards.isPattern(path);
  }
}
