package org.marginsoftmax.source;

import java.io.File;
import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.image.ImageListing;
import org.marginsoftmax.image.PassedOver;

/** Walks a folder of class folders once, following links, and lists its images. */
final class FolderListing extends SimpleFileVisitor<Path> {
  private final Path dir;
  private final SplitFolders split;
  private final boolean nested;
  private final Pace pace;
  private final Listing.Builder items = new Listing.Builder();
  private final Longs sizes = new Longs();
  private final Longs times = new Longs();
  private final PassedOver.Counter passedOver = new PassedOver.Counter();

  /** Files whose names Java cannot write as text, by the order of adding. */
  private final Map<Integer, Path> unwritable = new HashMap<>();

  private int deeper;

  private FolderListing(Path dir, SplitFolders split, boolean nested, Consumer<String> progress) {
    this.dir = dir;
    this.split = split;
    this.nested = nested;
    this.pace = new Pace("listed", "files", 0, progress);
  }

  /**
   * Lists a folder.
   *
   * @param nested whether every folder with images is a class, named after its path, such as {@code
   *     a/b/c}; if not, a class is a folder directly in the given one or in its parts
   * @throws InvalidInputException if a folder cannot be read, or the folders are not those of at
   *     least two classes, the same in every part
   */
  static Source of(Path dir, boolean nested, Consumer<String> progress) {
    SplitFolders split = SplitFolders.of(dir);
    FolderListing walk = new FolderListing(dir, split, nested, progress);
    List<ClassFolders> parts = nested ? List.of() : ClassFolders.ofParts(dir, split);
    parts.forEach(part -> part.names().forEach(walk.items::addClass));
    Listing listing = walk.list();
    if (nested && listing.classNames().size() < 2) {
      throw ClassFolders.tooFew(listing.classNames().size(), dir);
    }
    ClassFolders.requireReadable(listing.classNames(), dir);
    split.tell(progress);
    if (walk.deeper > 0) {
      progress.accept(
          "%,d images lie deeper than the folder of their class; train `nested-classes` makes every folder a class"
              .formatted(walk.deeper));
    }
    return new FileSource(
        dir,
        walk::file,
        listing,
        walk.sizes,
        walk.times,
        label -> parts.isEmpty() ? "" : parts.get(0).whyEmpty(listing.classNames().get(label)));
  }

  /** Lists all images below a folder as one class, named after the folder. */
  static Source ofUnsorted(Path dir, Consumer<String> progress) {
    Path name = dir.toAbsolutePath().normalize().getFileName();
    FolderListing walk = new FolderListing(dir, null, false, progress);
    walk.items.addClass(name == null ? "images" : name.toString());
    return new FileSource(dir, walk::file, walk.list(), walk.sizes, walk.times, label -> "");
  }

  private Listing list() {
    try {
      Files.walkFileTree(dir, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, this);
    } catch (IOException e) {
      throw new InvalidInputException(
          "a readable folder", FileTrouble.said(e), dir, "check its rights", e);
    }
    return items.build(null, origin -> items.names().get(origin), passedOver.counted(), dir);
  }

  private Path file(int origin) {
    Path file = unwritable.get(origin);
    return file == null ? dir.resolve(items.names().get(origin)) : file;
  }

  @Override
  public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
    pace.tick();
    Path below = dir.relativize(file);
    String why = why(below, attributes);
    if (why == null) {
      add(file, below, attributes);
    } else {
      passedOver.add(why, file.getFileName().toString());
    }
    return FileVisitResult.CONTINUE;
  }

  private static String why(Path below, BasicFileAttributes attributes) {
    for (Path name : below) {
      if (ImageListing.isHidden(name)) {
        return "hidden";
      }
    }
    if (attributes.isSymbolicLink()) {
      return "links to nothing";
    }
    return attributes.isRegularFile() ? ImageListing.whyNot(below) : "no regular files";
  }

  private void add(Path file, Path below, BasicFileAttributes attributes) {
    Part part = split == null ? null : split.partOf(below.getName(0));
    if (split != null && split.isSplit() && part == null) {
      passedOver.add("images beside the folders of the split", below.getFileName().toString());
      return;
    }
    int from = part == null ? 0 : 1;
    int depth = below.getNameCount() - 1 - from;
    if (split != null && depth < 1) {
      passedOver.add("images outside of class folders", below.getFileName().toString());
      return;
    }
    String className =
        split == null
            ? items.onlyClass()
            : nested
                ? slashed(below.subpath(from, below.getNameCount() - 1))
                : below.getName(from).toString();
    deeper += !nested && depth > 1 ? 1 : 0;
    String name = slashed(below);
    if (name.indexOf('\uFFFD') >= 0) {
      unwritable.put(items.size(), file);
    }
    items.add(name, className, part, null, 1);
    sizes.add(attributes.size());
    times.add(attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS));
  }

  private static String slashed(Path path) {
    return File.separatorChar == '/'
        ? path.toString()
        : path.toString().replace(File.separatorChar, '/');
  }

  @Override
  public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
    if (e instanceof FileSystemLoopException) {
      passedOver.add("links in a circle", file.getFileName().toString());
      return FileVisitResult.CONTINUE;
    }
    throw e;
  }
}
