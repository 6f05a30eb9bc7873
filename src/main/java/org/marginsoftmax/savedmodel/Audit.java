package org.marginsoftmax.savedmodel;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.NodeDef;

/**
 * Checks whether a SavedModel only computes. A SavedModel is a program that runs with the rights of
 * whoever loads it: TensorFlow operations can read and write files, talk to other machines, call
 * Python and run compiled code. Every operation, even in a function that nothing calls, is compared
 * with a list of pure operations ({@code pure-operations.txt}); any other is a finding.
 *
 * <p>Three kinds of file access are part of every SavedModel and allowed in that role only: the
 * saver writes variables under the name that it is given, its RestoreV2 operations read them back,
 * and lookup tables are filled from files in assets/ when the model is loaded.
 *
 * @param findings in the order of the file, the main graph first; empty if the model only computes
 */
public record Audit(List<Finding> findings) {
  /**
   * An operation that does, or may do, more than compute.
   *
   * @param operation its type
   * @param node its name
   * @param place {@code the main graph} or {@code function F}
   * @param why what it can do
   */
  public record Finding(String operation, String node, String place, String why) {
    @Override
    public String toString() {
      return "%s (%s in %s), which %s".formatted(operation, node, place, why);
    }
  }

  private static final Set<String> PURE = pure();
  private static final Set<String> SAVING = Set.of("SaveV2", "MergeV2Checkpoints");
  private static final Set<String> TABLE_FILES =
      Set.of("InitializeTableFromTextFile", "InitializeTableFromTextFileV2");

  /** Reasons in order of precedence: the first pattern that matches is used. */
  private static final Map<Pattern, String> REASONS = reasons();

  private static Map<Pattern, String> reasons() {
    Map<Pattern, String> reasons = new LinkedHashMap<>();
    reasons.put(
        Pattern.compile("(Eager)?PyFunc(Stateless)?|GeneratorDataset"), "calls Python code");
    reasons.put(
        Pattern.compile(
            "_?Xla.*|MlirPassthroughOp|TfLiteSubgraphExecute|_?TPU.*|BatchFunction|.*LaunchV?2?"),
        "runs code that another compiler made or loads");
    reasons.put(Pattern.compile("Abort"), "ends the process");
    reasons.put(
        Pattern.compile(
            "Rpc.*|.*Rpc.*|Collective.*|_?Nccl.*|(Experimental)?.*DataService.*|_?(Host)?(Send|Recv)"
                + "|RemoteCall|.*DistributedTPU.*|WorkerHeartbeat|Debug.*|_XlaRecv.*|_XlaSend.*"),
        "talks to other processes or machines");
    reasons.put(
        Pattern.compile(
            "ReadFile|WriteFile|MatchingFiles|(Shard.*|DTensor)?(Save|Restore).*|DistributedSave"
                + "|MergeV2Checkpoints|ShardedFile.*|InitializeTableFrom.*|GenerateVocabRemapping"
                + "|LoadAndRemapMatrix|.*Reader.*|.*SummaryWriter.*|Create.*Summary.*"
                + "|Write.*Summary.*|ImportEvent|FixedUnigramCandidateSampler|DecodeProtoV2"
                + "|EncodeProto|RecordInput|CalibrationStatisticsSaver|DumpTensor|PrintV2"
                + "|FileSystemSetConfiguration|.*(TFRecord|TextLine|FixedLengthRecord|CSV|LMDB|Sql"
                + "|MatchingFiles|Snapshot|Cache|Load|Save)(Chunks)?Dataset.*|DatasetToTFRecord"),
        "reads or writes files");
    reasons.put(Pattern.compile("ImmutableConst"), "maps a region of memory or a file");
    reasons.put(
        Pattern.compile(".*Dataset.*|.*Iterator.*|.*MemoryCache|ThreadPool.*"),
        "runs a pipeline of data");
    reasons.put(
        Pattern.compile(
            ".*Queue.*|Barrier.*|.*Stage.*|.*Unstage.*|Stage|Unstage|OrderedMap.*|Map[A-Z].*"
                + "|.*Mutex.*|.*Accumulator.*|Batch|Unbatch|UnbatchGrad"),
        "may wait for ever");
    return reasons;
  }

  private static Set<String> pure() {
    try (InputStream in = Audit.class.getResourceAsStream("pure-operations.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .filter(line -> !line.startsWith("#"))
          .flatMap(line -> Arrays.stream(line.split(" ")))
          .filter(name -> !name.isEmpty())
          .collect(Collectors.toUnmodifiableSet());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Examines every operation of a model without running any. */
  public static Audit of(SavedModelFolder folder) {
    Roles roles = new Roles(folder.metaGraph());
    FileNameOrigins files = new FileNameOrigins(folder.metaGraph(), roles);
    Set<String> functions =
        folder.metaGraph().getGraphDef().getLibrary().getFunctionList().stream()
            .map(f -> f.getSignature().getName())
            .collect(Collectors.toSet());
    List<Finding> findings = new ArrayList<>();
    for (Subgraph body : Subgraph.all(folder.metaGraph())) {
      for (NodeDef node : body.nodes()) {
        // A call by the function's name: its body is looked at in its turn.
        if (!functions.contains(node.getOp())) {
          why(body, node, roles, files)
              .map(
                  why ->
                      new Finding(
                          InvalidModel.line(node.getOp()),
                          InvalidModel.line(node.getName()),
                          InvalidModel.line(body.place()),
                          why))
              .ifPresent(findings::add);
        }
      }
    }
    return new Audit(List.copyOf(findings));
  }

  /** Whether there are no findings. */
  public boolean isPure() {
    return findings.isEmpty();
  }

  /**
   * Refuses a model that does more than compute.
   *
   * @throws InvalidInputException that names the first finding
   */
  public static void require(SavedModelFolder folder) {
    List<Finding> findings = of(folder).findings;
    if (!findings.isEmpty()) {
      throw InvalidModel.at(
          folder.path(),
          "operations that only compute",
          findings.get(0)
              + (findings.size() > 1 ? ", and %d more".formatted(findings.size() - 1) : ""),
          "look at them with inspect, and use `trust` if you know who made it");
    }
  }

  private static Optional<String> why(
      Subgraph body, NodeDef node, Roles roles, FileNameOrigins files) {
    String op = node.getOp();
    if (PURE.contains(op)) {
      return Optional.empty();
    }
    Set<Role> in = EnumSet.copyOf(roles.of(body, node));
    if (body.function().isEmpty()) {
      // TensorFlow 1 leaves the savers and initializers of training in the graph; nothing runs
      // them.
      in.remove(Role.OTHER);
    }
    if (SAVING.contains(op) || op.equals("ShardedFilename") || op.equals("RestoreV2")) {
      if (in.isEmpty()) {
        return Optional.empty();
      }
      Role role = op.equals("RestoreV2") ? Role.RESTORE : Role.SAVE;
      if (!in.equals(Set.of(role))) {
        return Optional.of("reads or writes files outside of the saver");
      }
      boolean given =
          files.isSavers(body, node, 0)
              && (!op.equals("MergeV2Checkpoints") || files.isSavers(body, node, 1));
      return given
          ? Optional.empty()
          : Optional.of("reads or writes other files than the saver is given");
    }
    if (TABLE_FILES.contains(op)) {
      return in.isEmpty() || in.equals(Set.of(Role.LOAD)) && files.isAsset(body, node, 1)
          ? Optional.empty()
          : Optional.of("reads a file that is not in assets/");
    }
    if (op.equals("IteratorGetNext") && Set.of(Role.OTHER).containsAll(in)) {
      // Keras 2 keeps the function that adapted a Normalization layer; nothing makes its iterator.
      return Optional.empty();
    }
    if (op.equals("Print") || op.equals("PrintV2") && !printsToFile(node)) {
      // Noise on the terminal, and nothing else.
      return Optional.empty();
    }
    return Optional.of(
        REASONS.entrySet().stream()
            .filter(reason -> reason.getKey().matcher(op).matches())
            .map(Map.Entry::getValue)
            .findFirst()
            .orElse("is not on the list of pure computation"));
  }

  private static boolean printsToFile(NodeDef node) {
    String stream =
        node.getAttrOrDefault("output_stream", AttrValue.getDefaultInstance())
            .getS()
            .toStringUtf8();
    return !Set.of("", "stderr", "stdout", "log(info)", "log(warning)", "log(error)")
        .contains(stream);
  }
}
