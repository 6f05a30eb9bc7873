package org.marginsoftmax.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.IntConsumer;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.data.Folders;
import org.marginsoftmax.eval.Verification;
import org.marginsoftmax.export.ServedModel;
import org.marginsoftmax.gallery.Gallery;
import org.marginsoftmax.gallery.Match;
import org.marginsoftmax.gallery.NamedEmbedding;
import org.marginsoftmax.source.NameLines;

/** Operations on a gallery, with embeddings from a file or from images. */
public final class GalleryUse {
  private GalleryUse() {}

  /**
   * The result of adding embeddings.
   *
   * @param ids of the new embeddings, in the order given
   * @param size number of embeddings now in the gallery
   * @param failures images that could not be read, and why
   */
  public record Added(
      long[] ids,
      int size,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, String> failures) {}

  /**
   * The result of a search.
   *
   * @param size number of embeddings in the gallery
   * @param method how they were searched
   * @param probes the matches of each probe, nearest first; empty if it is unknown or could not be
   *     read
   * @param images files of the probes; null if the probes are rows of an embeddings file
   * @param failures images that could not be read, and why
   */
  public record Found(
      int size,
      Gallery.Method method,
      List<List<Match>> probes,
      @JsonInclude(JsonInclude.Include.NON_NULL) List<Path> images,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<Path, String> failures) {}

  /**
   * Reads names from a file, one per line.
   *
   * @throws InvalidInputException if the file cannot be read or a name is not valid; the message
   *     gives the line
   */
  public static List<String> names(Path file) {
    List<String> names = NameLines.read(file);
    for (int i = 0; i < names.size(); i++) {
      try {
        NamedEmbedding.requireName(names.get(i));
      } catch (InvalidInputException e) {
        throw new InvalidInputException(
            "names %s, line %d: %s".formatted(file, i + 1, e.getMessage()), e);
      }
    }
    return names;
  }

  /**
   * Requires one name for each embedding.
   *
   * @param file that the names came from; null if none
   * @throws InvalidInputException if the numbers differ
   */
  public static void requireOneEach(Path file, List<String> names, EmbeddingRows rows) {
    if (names.size() != rows.count()) {
      throw new InvalidInputException(
          "names%s: expected one for each of %d embeddings, found %d; give as many, or one `name` for all"
              .formatted(file == null ? "" : " " + file, rows.count(), names.size()));
    }
  }

  /**
   * Adds all of the embeddings or none, except that images which cannot be read are skipped.
   * Creates the gallery if there is none.
   *
   * @param names one for each row or image
   * @param progress gets a line every ten seconds
   * @throws InvalidInputException if the names, rows or folder cannot be used
   */
  public static Added add(
      Path folder, List<String> names, EmbeddingRows rows, PrintStream progress) {
    requireOneEach(null, names, rows);
    OutputFolder.requireWritable("gallery", folder, "check the path, or choose another");
    List<EmbeddingRows.Row> read = rows.rows().get();
    List<NamedEmbedding> embeddings = new ArrayList<>();
    Map<String, String> failures = new LinkedHashMap<>();
    for (int i = 0; i < read.size(); i++) {
      if (read.get(i).failure() == null) {
        embeddings.add(new NamedEmbedding(names.get(i), read.get(i).vector()));
      } else {
        failures.put(rows.images().get(i).toString(), read.get(i).failure());
      }
    }
    boolean made = !Files.exists(folder);
    try (Gallery gallery = Gallery.openOrCreate(folder)) {
      long[] ids =
          gallery.add(embeddings, ProgressLines.lines("added", embeddings.size(), progress));
      return new Added(ids, gallery.size(), failures);
    } catch (RuntimeException e) {
      if (made) {
        removeEmpty(folder, e);
      }
      throw e;
    }
  }

  /**
   * Removes a gallery that was created for embeddings that could not be added, unless another
   * process has added some.
   */
  private static void removeEmpty(Path folder, RuntimeException cause) {
    try (Gallery gallery = Gallery.open(folder)) {
      if (gallery.size() > 0) {
        return;
      }
    } catch (RuntimeException e) {
      cause.addSuppressed(e);
      return;
    }
    try {
      Folders.delete(folder);
    } catch (IOException e) {
      cause.addSuppressed(e);
    }
  }

  /**
   * Removes all embeddings with a name.
   *
   * @return how many there were
   * @throws InvalidInputException if there is no such gallery or name
   */
  public static int remove(Path folder, String name) {
    try (Gallery gallery = Gallery.open(folder)) {
      int removed = gallery.remove(name);
      if (removed == 0) {
        throw new InvalidInputException(
            "gallery %s: expected one of its names, found '%s'; gallery list shows them"
                .formatted(folder, name));
      }
      return removed;
    }
  }

  /**
   * The cosine threshold that a model was calibrated to for a false accept rate (FAR).
   *
   * @param model a folder written by export
   * @param far share of pairs of different classes that may match; one of those on the model card
   * @throws InvalidInputException if the folder holds no exported model, or the card has no such
   *     threshold
   */
  public static double threshold(Path model, double far) {
    return ServedModel.read(model).card().threshold(far);
  }

  /**
   * Searches the gallery for each probe.
   *
   * @param top largest number of matches for each probe, at least 1
   * @param threshold smallest cosine of a match, -1..1; -1 accepts all
   * @param exact whether to compare with every embedding, whatever the size of the gallery
   * @param progress gets a line every ten seconds
   * @throws InvalidInputException if the gallery or the probes cannot be used, or a number is out
   *     of range
   */
  public static Found search(
      Path folder,
      EmbeddingRows probes,
      int top,
      double threshold,
      boolean exact,
      PrintStream progress) {
    Verification.checkThreshold(threshold);
    Gallery.checkTop(top);
    try (Gallery gallery = Gallery.open(folder)) {
      gallery.requireEmbeddings();
      Gallery.Method method = exact ? Gallery.Method.EXACT : gallery.usualMethod();
      List<EmbeddingRows.Row> rows = probes.rows().get();
      IntConsumer done = ProgressLines.lines("searched for", probes.count(), progress);
      List<List<Match>> found = new ArrayList<>();
      Map<Path, String> failures = new LinkedHashMap<>();
      for (EmbeddingRows.Row row : rows) {
        if (row.failure() == null) {
          found.add(
              gallery.search(row.vector(), top, method).stream()
                  .filter(match -> match.cosine() >= threshold)
                  .toList());
        } else {
          failures.put(probes.images().get(found.size()), row.failure());
          found.add(List.of());
        }
        done.accept(found.size());
      }
      return new Found(gallery.size(), method, found, probes.images(), failures);
    }
  }

  /**
   * All names, each with the ids of its embeddings.
   *
   * @throws InvalidInputException if there is no such gallery
   */
  public static SortedMap<String, List<Long>> list(Path folder) {
    try (Gallery gallery = Gallery.open(folder)) {
      return gallery.list();
    }
  }
}
