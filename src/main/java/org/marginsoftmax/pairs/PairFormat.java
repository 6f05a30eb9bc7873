package org.marginsoftmax.pairs;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Consumer;
import org.marginsoftmax.FileTrouble;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.image.Archives;

/** The formats of lists of pairs, found by what lies there. */
public enum PairFormat {
  /** A CSV or TSV file of two paths and whether they show the same subject. */
  IMAGES,
  /** A CSV or TSV file of two templates, beside one of the images of each template, as IJB's. */
  TEMPLATES,
  /** {@code pairs.txt} of Labeled Faces in the Wild. */
  LFW,
  /** A {@code .bin} file of insightface, a Python pickle of encoded images. */
  PICKLE;

  /** What pickles begin with, from protocol 2 on: the opcode PROTO. */
  private static final int PICKLED = 0x80;

  /**
   * The format of a list: templates if there is a list of them; else by the name of the file and
   * its first byte.
   *
   * @param templates list of templates; null for none
   * @throws InvalidInputException if the file cannot be read, or is an archive
   */
  public static PairFormat of(Path list, Path templates) {
    FileTrouble.requireFileOrFolder(list);
    Archives.requireNone(list);
    int first;
    try (InputStream in = Files.newInputStream(list)) {
      first = in.read();
    } catch (IOException e) {
      throw new InvalidInputException(
          "a readable list of pairs",
          FileTrouble.said(e),
          list,
          "check the path and its rights",
          e);
    }
    String name = list.toString().toLowerCase(Locale.ROOT);
    PairFormat format =
        name.endsWith(".bin") || first == PICKLED
            ? PICKLE
            : name.endsWith(".csv") || name.endsWith(".tsv") ? IMAGES : LFW;
    if (templates == null) {
      return format;
    }
    if (format != IMAGES) {
      throw new InvalidInputException(
          "pairs of templates in a .csv or .tsv file",
          "another",
          list,
          "name that, or leave `templates` out");
    }
    return TEMPLATES;
  }

  /**
   * Reads a list of pairs. Everything is checked before any image is decoded; files are compared,
   * to the byte, where the list names no subjects.
   *
   * @param list of the pairs
   * @param root folder that paths are relative to; null for that of the list, or of that of
   *     templates. A pickle has no paths
   * @param templates list of the images of each template; null for pairs of images
   * @param progress receives what is odd about the list
   * @throws InvalidInputException if it cannot be understood, contradicts itself, has pairs of one
   *     kind only, or names files that are not there; with the line, or the byte
   */
  public static PairList read(Path list, Path root, Path templates, Consumer<String> progress) {
    PairList read =
        switch (of(list, templates)) {
          case IMAGES -> ImagePairs.read(list, root);
          case TEMPLATES -> TemplatePairs.read(list, root, templates);
          case LFW -> LfwPairs.read(list, root);
          case PICKLE -> PickledPairs.read(list);
        };
    read.remarks().forEach(remark -> progress.accept("%s: %s".formatted(list, remark)));
    return read;
  }
}
