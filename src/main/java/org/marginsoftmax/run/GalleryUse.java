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
import org.marginsoftmax.data.NameLines;
import org.marginsoftmax.eval.Verification;
import org.marginsoftmax.export.ServedModel;
import org.marginsoftmax.gallery.Gallery;
import org.marginsoftmax.gallery.Match;
import org.marginsoftmax.gallery.NamedEmbedding;

/** What is done with a gallery, wherever its embeddings come from. */
public final class GalleryUse {
  private GalleryUse() {}

  /**
   * What was added.
   *
   * @param ids of the new embeddings, in their order
   * @param size embeddings in the gallery now
   * @param failures images that could not be read, and why
   */
  public record Added(
      long[] ids,
      int size,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<String, String> failures) {}

  /**
   * What was found.
   *
   * @param size embeddings searched among
   * @param method how
   * @param probes the nearest of each probe, nearest first; none where it is unknown, or could not
   *     be read
   * @param images files of the probes; null where they are rows of a file of embeddings
   * @param failures images that could not be read, and why
   */
  public record Found(
      int size,
      Gallery.Method method,
      List<List<Match>> probes,
      @JsonInclude(JsonInclude.Include.NON_NULL) List<Path> images,
      @JsonInclude(JsonInclude.Include.NON_EMPTY) Map<Path, String> failures) {}

  /**
   * Names from a file, one a line.
   *
   * @throws InvalidInputException if it cannot be read, or a name cannot be one; it tells the line
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
   * Refuses more or fewer names than embeddings.
   *
   * @param file of the names; null for none
   */
  public static void requireOneEach(Path file, List<String> names, EmbeddingRows rows) {
    if (names.size() != rows.count()) {
      throw new InvalidInputException(
          "names%s: expected one for each of %d embeddings, found %d; give as many, or one `name` for all"
              .formatted(file == null ? "" : " " + file, rows.count(), names.size()));
    }
  }

  /**
   * Adds embeddings, all or none, but those of images that cannot be read; makes the gallery where
   * there is nothing.
   *
   * @param names one for each row, or image
   * @param progress a line every ten seconds goes there
   * @throws InvalidInputException if names, rows or folder cannot be used
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

  /** What was made for embeddings that could not be added; another's are kept. */
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
   * Removes the embeddings of a name.
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
   * The threshold that a model was calibrated to for a share of false matches.
   *
   * @param model a folder that export wrote
   * @param far share of pairs of different classes that may match, one of the model card's
   * @throws InvalidInputException if it is no such folder, or has no such threshold
   */
  public static double threshold(Path model, double far) {
    return ServedModel.read(model).card().threshold(far);
  }

  /**
   * Searches for each of some probes.
   *
   * @param threshold cosine below which nobody is matched; -1 for none
   * @param exact whether to compare with every embedding whatever the size
   * @param progress a line every ten seconds goes there
   * @throws InvalidInputException if the gallery, the probes or the figures cannot be used
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
   * Every name with the ids of its embeddings.
   *
   * @throws InvalidInputException if there is no such gallery
   */
  public static SortedMap<String, List<Long>> list(Path folder) {
    try (Gallery gallery = Gallery.open(folder)) {
      return gallery.list();
    }
  }
}
