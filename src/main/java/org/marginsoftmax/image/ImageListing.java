package org.marginsoftmax.image;

import java.io.IOException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.FileVisitOption;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;

/**
 * The files below a folder, following links: the images to read, recognised by extension, and
 * counts of all other files.
 *
 * @param images PNG, JPEG, GIF, BMP, TIFF and WebP files, sorted by path
 * @param passedOver counts of all other files
 */
public record ImageListing(List<Path> images, PassedOver passedOver) {
  private static final Set<String> READ =
      Set.of(".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".gif", ".tif", ".tiff", ".webp");

  /** Files and folders that systems add to others. */
  private static final Set<String> SYSTEM =
      Set.of("__MACOSX", "Thumbs.db", "thumbs.db", "desktop.ini", "Desktop.ini");

  private static final Set<String> OTHER_FORMATS =
      Set.of(
          ".heic", ".heif", ".hif", ".avif", ".avifs", ".jxl", ".jp2", ".j2k", ".j2c", ".jpc",
          ".jpf", ".jpx", ".jpm", ".jxr", ".wdp", ".jif", ".jfi", ".mpo", ".svg", ".svgz", ".eps",
          ".ps", ".wmf", ".emf", ".psd", ".psb", ".xcf", ".kra", ".ico", ".icns", ".cur", ".tga",
          ".icb", ".vda", ".vst", ".ppm", ".pgm", ".pbm", ".pnm", ".pam", ".pfm", ".pcx", ".dcx",
          ".dds", ".qoi", ".xbm", ".xpm", ".sgi", ".rgb", ".rgba", ".bw", ".ras", ".im", ".fits",
          ".fit", ".fts", ".exr", ".hdr", ".dcm", ".dng", ".cr2", ".cr3", ".crw", ".nef", ".nrw",
          ".arw", ".srf", ".sr2", ".orf", ".raf", ".rw2", ".pef", ".raw", ".dib", ".apng", ".mng",
          ".jng", ".flif", ".bpg", ".blp", ".ftc", ".ftu", ".fli", ".flc", ".msp", ".gbr", ".mic",
          ".fpx", ".djvu");

  /**
   * Lists a folder and its sub-folders.
   *
   * @throws InvalidInputException if one of them cannot be read
   */
  public static ImageListing of(Path folder) {
    return without(folder, List.of());
  }

  /** Lists a folder and its sub-folders, except some folders directly in it. */
  public static ImageListing without(Path folder, List<Path> except) {
    Listing listing = new Listing(folder, Set.copyOf(except));
    try {
      Files.walkFileTree(
          folder, EnumSet.of(FileVisitOption.FOLLOW_LINKS), Integer.MAX_VALUE, listing);
    } catch (IOException e) {
      throw new InvalidInputException(
          "a readable folder", FileTrouble.said(e), folder, "check its rights", e);
    }
    return listing.result();
  }

  /** Counts all files as passed over, the images for the given reason. */
  public PassedOver passedOver(String reason) {
    return PassedOver.of(reason, images).plus(passedOver);
  }

  /** Whether a folder directly holds images, including those of formats that are not read. */
  public static boolean holdsImages(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file -> !isHidden(file.getFileName()))
          .map(PassedOver::extension)
          .anyMatch(extension -> READ.contains(extension) || OTHER_FORMATS.contains(extension));
    } catch (IOException e) {
      throw new InvalidInputException(
          "a readable folder", FileTrouble.said(e), folder, "check its rights", e);
    }
  }

  /** Whether the extension of a file is that of an image format that is not read. */
  public static boolean isOtherFormat(Path file) {
    return OTHER_FORMATS.contains(PassedOver.extension(file));
  }

  /** Whether a file or folder is hidden or belongs to the operating system. */
  public static boolean isHidden(Path name) {
    return isHidden(name.toString());
  }

  /** Whether a name is that of a file or folder that is hidden or belongs to the system. */
  public static boolean isHidden(String name) {
    return name.startsWith(".") || SYSTEM.contains(name);
  }

  /** Whether an extension, without its dot and in lower case, is that of images that are read. */
  public static boolean isImage(String extension) {
    return READ.contains("." + extension);
  }

  /** Why a file is not read, by its extension; null for an image that is. */
  public static String whyNot(Path file) {
    String extension = PassedOver.extension(file);
    if (READ.contains(extension)) {
      return null;
    }
    return OTHER_FORMATS.contains(extension)
        ? "images of other formats, convert them to PNG or JPEG"
        : "no images by their extension";
  }

  private static final class Listing extends SimpleFileVisitor<Path> {
    private final Path folder;
    private final Set<Path> except;
    private final List<Path> images = new ArrayList<>();
    private final Map<String, List<Path>> others = new TreeMap<>();

    Listing(Path folder, Set<Path> except) {
      this.folder = folder;
      this.except = except;
    }

    @Override
    public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
      return except.contains(dir) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
    }

    @Override
    public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
      if (hidden(file)) {
        pass("hidden", file);
      } else if (attributes.isSymbolicLink()) {
        pass("links to nothing", file);
      } else if (!attributes.isRegularFile()) {
        pass("no regular files", file);
      } else if (whyNot(file) == null) {
        images.add(file);
      } else {
        pass(whyNot(file), file);
      }
      return FileVisitResult.CONTINUE;
    }

    private boolean hidden(Path file) {
      for (Path name : folder.relativize(file)) {
        if (isHidden(name)) {
          return true;
        }
      }
      return false;
    }

    private void pass(String reason, Path file) {
      others.computeIfAbsent(reason, r -> new ArrayList<>()).add(file);
    }

    @Override
    public FileVisitResult visitFileFailed(Path file, IOException e) throws IOException {
      if (e instanceof FileSystemLoopException) {
        pass("links in a circle", file);
        return FileVisitResult.CONTINUE;
      }
      throw e;
    }

    ImageListing result() {
      PassedOver passedOver = PassedOver.NONE;
      for (Map.Entry<String, List<Path>> each : others.entrySet()) {
        passedOver = passedOver.plus(PassedOver.of(each.getKey(), each.getValue()));
      }
      return new ImageListing(images.stream().sorted().toList(), passedOver);
    }
  }
}
