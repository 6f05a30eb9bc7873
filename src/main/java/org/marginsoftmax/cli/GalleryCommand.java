package org.marginsoftmax.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.Callable;
import org.marginsoftmax.gallery.Gallery;
import org.marginsoftmax.gallery.Match;
import org.marginsoftmax.run.EmbeddingRows;
import org.marginsoftmax.run.GalleryUse;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code gallery}: named embeddings, and who is nearest to a probe. */
@Command(
    name = "gallery",
    abbreviateSynopsis = true,
    description = "Keeps named embeddings in a folder and finds the nearest to a probe.",
    subcommands = {
      GalleryCommand.Add.class,
      GalleryCommand.Remove.class,
      GalleryCommand.Search.class,
      GalleryCommand.Names.class
    })
final class GalleryCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "expected add, remove, search or list, found none; say gallery list DIR");
  }

  /** A gallery, and where embeddings for it come from: a file, or images and a model. */
  static final class Source {
    @Spec(Spec.Target.MIXEE)
    private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "DIR", description = "gallery folder, created by add")
    private Path folder;

    @Option(
        names = "--input",
        paramLabel = "E.NPY",
        description = "embeddings [N, D], as written by embed; of any norm but 0")
    private Path input;

    @Option(
        names = "--model",
        paramLabel = "MODEL",
        description =
            "instead of --input: the model that embeds the images, a folder written by export or"
                + " a run folder")
    private Path model;

    @Parameters(
        index = "1..*",
        arity = "0..*",
        paramLabel = "IMAGE",
        description = "image files, or folders of them")
    private List<Path> images = List.of();

    EmbeddingRows rows() {
      if (model == null && images.isEmpty() && input != null) {
        return EmbeddingRows.read(input);
      }
      if (model == null || images.isEmpty() || input != null) {
        throw new ParameterException(
            spec.commandLine(),
            "expected --input E.NPY, or --model MODEL and images, found %s, %s and %d images; give one of the two"
                .formatted(
                    input == null ? "no --input" : "--input",
                    model == null ? "no --model" : "--model",
                    images.size()));
      }
      return EmbeddingRows.of(model, images, System.err);
    }
  }

  /** {@code gallery add}. */
  @Command(
      name = "add",
      abbreviateSynopsis = true,
      sortOptions = false,
      description =
          "Adds embeddings, all or none, and creates the gallery if it does not exist. A name"
              + " may have several embeddings; to replace them, remove the name first. An unreadable"
              + " image is reported and left out with its name; the exit code is 2 only if none can be"
              + " read.")
  static final class Add implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Mixin private Source source;

    @ArgGroup(multiplicity = "1")
    private NameSource named;

    @Option(names = "--json", description = "print the result as JSON")
    private boolean json;

    private static final class NameSource {
      @Option(
          names = "--names",
          paramLabel = "NAMES.TXT",
          required = true,
          description = "one name per line, for each row of the embeddings")
      private Path file;

      @Option(
          names = "--name",
          paramLabel = "NAME",
          required = true,
          description = "one name for all rows")
      private String name;
    }

    @Override
    public Integer call() {
      List<String> names = named.name == null ? GalleryUse.names(named.file) : null;
      EmbeddingRows rows = source.rows();
      if (names != null) {
        GalleryUse.requireOneEach(named.file, names, rows);
      }
      GalleryUse.Added added =
          GalleryUse.add(
              source.folder,
              names == null ? Collections.nCopies(rows.count(), named.name) : names,
              rows,
              System.err);
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        Printing.json(out, added);
      } else {
        out.printf("%d added, %d in %s%n", added.ids().length, added.size(), source.folder);
        out.flush();
      }
      return 0;
    }
  }

  /** {@code gallery remove}. */
  @Command(
      name = "remove",
      abbreviateSynopsis = true,
      description = "Removes all embeddings of a name.")
  static final class Remove implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(index = "0", paramLabel = "DIR", description = "gallery folder")
    private Path folder;

    @Parameters(index = "1", paramLabel = "NAME", description = "the name to remove")
    private String name;

    @Option(names = "--json", description = "print the result as JSON")
    private boolean json;

    @Override
    public Integer call() {
      int removed = GalleryUse.remove(folder, name);
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        Printing.json(out, Map.of("removed", removed));
      } else {
        out.printf("%d removed%n", removed);
        out.flush();
      }
      return 0;
    }
  }

  /** {@code gallery search}. */
  @Command(
      name = "search",
      abbreviateSynopsis = true,
      sortOptions = false,
      description =
          "Finds the nearest embeddings of each probe by cosine; 'unknown' where none reaches the"
              + " threshold.")
  static final class Search implements Callable<Integer> {
    private static final class Threshold {
      @Option(
          names = "--threshold",
          paramLabel = "COS",
          required = true,
          description = "cosine below which a probe is unknown; default none")
      private Double threshold;

      @Option(
          names = "--far",
          paramLabel = "FAR",
          required = true,
          description =
              "instead of --threshold: the threshold that an exported --model was calibrated to"
                  + " for this false-accept rate per pair; 1e-2, 1e-3 or 1e-4")
      private Double far;
    }

    @Spec private CommandSpec spec;

    @Mixin private Source source;

    @Option(
        names = "--top",
        paramLabel = "K",
        defaultValue = "5",
        description = "matches per probe; default ${DEFAULT-VALUE}")
    private int top;

    @ArgGroup private Threshold limit = new Threshold();

    @Option(
        names = "--exact",
        description =
            "compare with every embedding; by default an index is searched from "
                + Gallery.INDEX_FROM
                + " embeddings on")
    private boolean exact;

    @Option(names = "--json", description = "print the result as JSON")
    private boolean json;

    @Override
    public Integer call() {
      GalleryUse.Found found =
          GalleryUse.search(source.folder, source.rows(), top, threshold(), exact, System.err);
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        Printing.json(out, found);
        return 0;
      }
      for (int i = 0; i < found.probes().size(); i++) {
        Path image = found.images() == null ? null : found.images().get(i);
        String name = image == null ? "probe " + i : image.toString();
        if (found.probes().get(i).isEmpty()) {
          boolean read = image == null || !found.failures().containsKey(image);
          out.printf("%s  %s%n", name, read ? "unknown" : "unreadable");
        }
        for (Match match : found.probes().get(i)) {
          out.printf(
              Locale.ROOT,
              "%s  %.4f  %s  (id %d)%n",
              name,
              match.cosine(),
              match.name(),
              match.id());
        }
      }
      out.flush();
      return 0;
    }

    private double threshold() {
      if (limit.far == null) {
        return limit.threshold == null ? -1 : limit.threshold;
      }
      if (source.model == null) {
        throw new ParameterException(
            spec.commandLine(),
            "far: expected --model MODEL, whose thresholds are meant, found none; give it and images, or --threshold");
      }
      return GalleryUse.threshold(source.model, limit.far);
    }
  }

  /** {@code gallery list}. */
  @Command(
      name = "list",
      abbreviateSynopsis = true,
      description = "Lists the names, each with the number of its embeddings.")
  static final class Names implements Callable<Integer> {
    private record Named(String name, List<Long> ids) {}

    @Spec private CommandSpec spec;

    @Parameters(paramLabel = "DIR", description = "gallery folder")
    private Path folder;

    @Option(names = "--json", description = "print names and ids as JSON")
    private boolean json;

    @Override
    public Integer call() {
      SortedMap<String, List<Long>> names = GalleryUse.list(folder);
      PrintWriter out = spec.commandLine().getOut();
      if (json) {
        List<Named> list =
            names.entrySet().stream().map(e -> new Named(e.getKey(), e.getValue())).toList();
        Printing.json(out, Map.of("names", list));
      } else {
        names.forEach((name, ids) -> out.printf("%6d  %s%n", ids.size(), name));
        out.printf(
            "%d embeddings of %d names%n",
            names.values().stream().mapToInt(List::size).sum(), names.size());
        out.flush();
      }
      return 0;
    }
  }
}
