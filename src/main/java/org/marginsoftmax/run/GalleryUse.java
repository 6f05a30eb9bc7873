package org.marginsoftmax.run;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.function.IntConsumer;
import org.marginsoftmax.data.DataException;
import org.marginsoftmax.serving.Gallery;
import org.marginsoftmax.serving.NamedEmbedding;
import org.marginsoftmax.serving.ServedModel;

/** What is done with a gallery, wherever its embeddings come from. */
public final class GalleryUse {
  private GalleryUse() {}

  /**
   * What was added.
   *
   * @param ids of the new embeddings, in their order
   * @param size embeddings in the gallery now
   */
  public record Added(long[] ids, int size) {}

  /**
   * What was found.
   *
   * @param size embeddings searched among
   * @param method how
   * @param matches for each probe the nearest, nearest first; none where it is unknown
   */
  public record Found(int size, Gallery.Method method, List<List<Gallery.Match>> matches) {}

  /**
   * Names from a file, one a line.
   *
   * @throws IllegalArgumentException if it cannot be read
   */
  public static List<String> names(Path file) {
    try {
      List<String> names = new ArrayList<>(Files.readAllLines(file));
      // Some editors begin a file with a mark of its encoding.
      if (!names.isEmpty() && names.get(0).startsWith("\uFEFF")) {
        names.set(0, names.get(0).substring(1));
      }
      return names;
    } catch (CharacterCodingException e) {
      throw new DataException("names in UTF-8", "other bytes", file, "save it as UTF-8", e);
    } catch (NoSuchFileException e) {
      throw new DataException("a file of names", "none", file, "check the path", e);
    } catch (IOException e) {
      throw new DataException("a file of names", e.toString(), file, "check the path", e);
    }
  }

  /**
   * Adds embeddings, all or none; makes the gallery where there is nothing.
   *
   * @param names one for each row
   * @param progress a line every ten seconds goes there
   * @throws IllegalArgumentException if names, rows or folder cannot be used
   */
  public static Added add(
      Path folder, List<String> names, EmbeddingRows rows, PrintStream progress) {
    if (names.size() != rows.count()) {
      throw new IllegalArgumentException(
          "names: expected one for each of %d embeddings, found %d; give as many, or one --name for all"
              .formatted(rows.count(), names.size()));
    }
    float[][] vectors = rows.rows().get();
    List<NamedEmbedding> embeddings = new ArrayList<>();
    for (int i = 0; i < vectors.length; i++) {
      embeddings.add(new NamedEmbedding(names.get(i), vectors[i]));
    }
    try (Gallery gallery = Gallery.openOrCreate(folder)) {
      long[] ids = gallery.add(embeddings, Quiet.lines("added", vectors.length, progress));
      return new Added(ids, gallery.size());
    }
  }

  /**
   * Removes the embeddings of a name.
   *
   * @return how many there were
   * @throws IllegalArgumentException if there is no such gallery or name
   */
  public static int remove(Path folder, String name) {
    try (Gallery gallery = Gallery.open(folder)) {
      int removed = gallery.remove(name);
      if (removed == 0) {
        throw new IllegalArgumentException(
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
   * @throws IllegalArgumentException if it is no such folder, or has no such threshold
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
   * @throws IllegalArgumentException if the gallery, the probes or the figures cannot be used
   */
  public static Found search(
      Path folder,
      EmbeddingRows probes,
      int top,
      double threshold,
      boolean exact,
      PrintStream progress) {
    Gallery.checkThreshold(threshold);
    Gallery.checkTop(top);
    try (Gallery gallery = Gallery.open(folder)) {
      gallery.requireEmbeddings();
      Gallery.Method method = exact ? Gallery.Method.EXACT : gallery.usualMethod();
      float[][] vectors = probes.rows().get();
      IntConsumer done = Quiet.lines("searched for", probes.count(), progress);
      List<List<Gallery.Match>> matches = new ArrayList<>();
      for (float[] probe : vectors) {
        matches.add(
            gallery.search(probe, top, method).stream()
                .filter(match -> match.cosine() >= threshold)
                .toList());
        done.accept(matches.size());
      }
      return new Found(gallery.size(), method, matches);
    }
  }

  /**
   * Every name with the ids of its embeddings.
   *
   * @throws IllegalArgumentException if there is no such gallery
   */
  public static SortedMap<String, List<Long>> list(Path folder) {
    try (Gallery gallery = Gallery.open(folder)) {
      return gallery.list();
    }
  }
}
