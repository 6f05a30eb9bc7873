package org.marginsoftmax.savedmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.protobuf.ByteString;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.ResidentMemory;
import org.marginsoftmax.data.Folders;
import org.marginsoftmax.keras.Inspection;
import org.tensorflow.proto.AttrValue;
import org.tensorflow.proto.DataType;
import org.tensorflow.proto.FunctionDef;
import org.tensorflow.proto.GraphDef;
import org.tensorflow.proto.MetaGraphDef;
import org.tensorflow.proto.NodeDef;
import org.tensorflow.proto.OpDef;
import org.tensorflow.proto.TensorShapeProto;

/**
 * Damaged and hostile models, drawn from a seed: each is refused in one line, or runs. {@code
 * -Dmutations=240} asks for more of them than the usual 40.
 */
class MutationTest {
  private static final int MUTATIONS = Integer.getInteger("mutations", 40);
  private static final long SEED = Long.getLong("mutations.seed", 1);

  /** The trial's ten seconds, and the start of another process after one that had to end. */
  private static final long MOST_NANOS = 20_000_000_000L;

  private static final String[] BASES = {"softmax-0-4", "softmax-0-4-keras2"};
  private static final String[] HOSTILE = {
    "ReadFile",
    "WriteFile",
    "PyFunc",
    "Abort",
    "ImmutableConst",
    "SaveV2",
    "RpcClient",
    "XlaLaunch",
    "QueueDequeueV2",
    "MatchingFiles",
    "_Recv",
    "TFRecordDataset"
  };

  private static final List<String> ENDED =
      List.of("ending the process", "no answer within", "MB of memory");

  @TempDir Path dir;

  /** One kind of damage to a folder. */
  private interface Damage {
    void to(Path model, Random random) throws IOException;
  }

  /** One kind of damage to a graph. */
  private interface GraphDamage {
    void to(MetaGraphDef.Builder graph, Random random);
  }

  private static Map<String, Damage> damages() {
    Map<String, Damage> damages = new LinkedHashMap<>();
    damages.put("bit flip in the pb", (m, r) -> flip(m.resolve("saved_model.pb"), r, 1));
    damages.put("bit flips in the pb", (m, r) -> flip(m.resolve("saved_model.pb"), r, 20));
    damages.put("bit flip in the index", (m, r) -> flip(index(m), r, 1));
    damages.put("bit flips in the values", (m, r) -> flip(data(m), r, 20));
    damages.put("truncated pb", (m, r) -> truncate(m.resolve("saved_model.pb"), r));
    damages.put("truncated values", (m, r) -> truncate(data(m), r));
    damages.put("truncated index", (m, r) -> truncate(index(m), r));
    damages.put("missing file", (m, r) -> Files.delete(r.nextBoolean() ? index(m) : data(m)));
    damages.put("dangling input", graph((g, r) -> rename(node(g, r), r)));
    damages.put("other input", graph(MutationTest::rewire));
    damages.put("function loop", graph(MutationTest::loop));
    damages.put("other function", graph(MutationTest::recall));
    damages.put("wrong shape", graph((g, r) -> reshape(g, r, 1 + r.nextInt(100))));
    damages.put("negative size", graph((g, r) -> reshape(g, r, -2 - r.nextInt(100))));
    damages.put("huge shape", graph((g, r) -> reshape(g, r, 1L << 20 + r.nextInt(42))));
    damages.put("other type", graph(MutationTest::retype));
    damages.put("other integer", graph(MutationTest::renumber));
    damages.put("hostile operation", graph(MutationTest::hostile));
    damages.put("other operation", graph(MutationTest::exchange));
    damages.put("other constant", graph(MutationTest::otherConstant));
    damages.put("missing attribute", graph(MutationTest::withoutAttribute));
    damages.put("two of one name", graph((g, r) -> g.getGraphDefBuilder().addNode(node(g, r))));
    damages.put("missing node", graph(MutationTest::withoutNode));
    damages.put("link to itself", (m, r) -> Files.createSymbolicLink(m.resolve("extra"), m));
    return damages;
  }

  @Test
  void everyMutationIsRefusedInALineOrRuns() throws IOException {
    List<Map.Entry<String, Damage>> damages = new ArrayList<>(damages().entrySet());
    Map<String, Integer> outcomes = new LinkedHashMap<>();
    long residentBefore = ResidentMemory.kilobytes();
    try (Trial trial = new Trial()) {
      for (int i = 0; i < MUTATIONS; i++) {
        Map.Entry<String, Damage> damage = damages.get(i % damages.size());
        // A seed for each: one of them can be looked at alone.
        Random random = new Random(SEED * 1_000_003 + i);
        Path model =
            Models.copy(
                Models.keras(BASES[i / damages.size() % BASES.length]), dir.resolve("m" + i));
        damage.getValue().to(model, random);
        String name = "mutation %d, %s".formatted(i, damage.getKey());
        long started = System.nanoTime();
        String outcome = outcome(model, trial, name);
        long took = System.nanoTime() - started;
        // The first one waits for the process to start.
        assertTrue(i == 0 || took < MOST_NANOS, name + " took " + took / 1_000_000 + " ms");
        if (damage.getKey().equals("hostile operation")) {
          assertEquals("refused by the audit", outcome, name);
        }
        outcomes.merge(outcome, 1, Integer::sum);
        Folders.delete(model);
      }
    }
    System.out.println(MUTATIONS + " mutations: " + outcomes);
    long grown = (ResidentMemory.kilobytes() - residentBefore) >> 10;
    assertTrue(grown < 1024, "grew by " + grown + " MB");
    assertTrue(outcomes.size() > 1, outcomes.toString());
  }

  private static String outcome(Path model, Trial trial, String name) {
    SavedModelFolder folder;
    try {
      folder = SavedModelFolder.read(model);
    } catch (InvalidInputException e) {
      return refused(e.getMessage(), name, "reading");
    }
    // Whatever was read can be looked at.
    Inspection inspection = Inspection.of(folder);
    if (!inspection.findings().isEmpty()) {
      try {
        Audit.require(folder);
      } catch (InvalidInputException e) {
        return refused(e.getMessage(), name, "the audit");
      }
    }
    SignatureSpec signature;
    try {
      signature = SignatureSpec.of(folder, null);
    } catch (InvalidInputException e) {
      return refused(e.getMessage(), name, "its signatures");
    }
    Optional<String> found = trial.attempt(folder, signature.name());
    if (found.isPresent()) {
      String why = found.get();
      boolean ended = ENDED.stream().anyMatch(why::contains);
      // What only the trial can tell is worded where it is thrown.
      return refused(
          why + (why.contains("expected ") ? "" : "expected found "),
          name,
          ended
              ? "the trial, which had to end: " + why.replaceAll(" code.*| than.*", "")
              : "the trial");
    }
    try (SignatureRunner runner = SignatureRunner.openTrusted(folder, signature.name(), null)) {
      runner.run(new Numbers(new int[] {1, 28, 28, 1}, new double[784]));
      return "ran";
    } catch (InvalidInputException e) {
      return refused(e.getMessage(), name, "the run");
    }
  }

  private static String refused(String message, String name, String by) {
    assertEquals(1, message.lines().count(), name + ": " + message);
    assertTrue(message.contains("expected ") && message.contains("found "), name + ": " + message);
    assertFalse(message.length() > 2000, name);
    return "refused by " + by;
  }

  private static Path index(Path model) {
    return model.resolve("variables/variables.index");
  }

  private static Path data(Path model) {
    return model.resolve("variables/variables.data-00000-of-00001");
  }

  private static void flip(Path file, Random random, int bits) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    for (int i = 0; i < bits; i++) {
      bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
    }
    Files.write(file, bytes);
  }

  private static void truncate(Path file, Random random) throws IOException {
    try (RandomAccessFile open = new RandomAccessFile(file.toFile(), "rw")) {
      open.setLength(random.nextInt((int) open.length()));
    }
  }

  private static Damage graph(GraphDamage damage) {
    return (model, random) -> {
      MetaGraphDef.Builder graph = Models.read(model).toBuilder();
      damage.to(graph, random);
      Models.write(model, graph.build());
    };
  }

  /** A node that is not the saver's, of the main graph or of a function. */
  private static NodeDef.Builder node(MetaGraphDef.Builder graph, Random random) {
    GraphDef.Builder whole = graph.getGraphDefBuilder();
    while (true) {
      int at = random.nextInt(1 + whole.getLibrary().getFunctionCount());
      if (at == 0) {
        return whole.getNodeBuilder(random.nextInt(whole.getNodeCount()));
      }
      FunctionDef.Builder function = whole.getLibraryBuilder().getFunctionBuilder(at - 1);
      if (function.getNodeDefCount() > 0 && !function.getSignature().getName().contains("traced")) {
        return function.getNodeDefBuilder(random.nextInt(function.getNodeDefCount()));
      }
    }
  }

  private static NodeDef.Builder nodeWith(
      MetaGraphDef.Builder graph, Random random, java.util.function.Predicate<NodeDef> fits) {
    while (true) {
      NodeDef.Builder node = node(graph, random);
      if (fits.test(node.build())) {
        return node;
      }
    }
  }

  private static void rename(NodeDef.Builder node, Random random) {
    if (node.getInputCount() > 0) {
      node.setInput(random.nextInt(node.getInputCount()), "nowhere:" + random.nextInt(3));
    } else {
      node.addInput("nowhere");
    }
  }

  /** An input of the same body in place of another: wrong types, wrong shapes, circles. */
  private static void rewire(MetaGraphDef.Builder graph, Random random) {
    GraphDef.Builder whole = graph.getGraphDefBuilder();
    FunctionDef.Builder function =
        whole
            .getLibraryBuilder()
            .getFunctionBuilder(random.nextInt(whole.getLibrary().getFunctionCount()));
    List<NodeDef> nodes =
        function.getNodeDefList().stream().filter(n -> n.getInputCount() > 0).toList();
    NodeDef from = nodes.get(random.nextInt(nodes.size()));
    NodeDef.Builder to =
        function.getNodeDefBuilderList().stream()
            .filter(n -> n.getInputCount() > 0)
            .skip(random.nextInt(nodes.size()))
            .findFirst()
            .orElseThrow();
    to.setInput(
        random.nextInt(to.getInputCount()), from.getInput(random.nextInt(from.getInputCount())));
  }

  private static String function(MetaGraphDef.Builder graph, Random random) {
    List<FunctionDef> functions = graph.getGraphDef().getLibrary().getFunctionList();
    return functions.get(random.nextInt(functions.size())).getSignature().getName();
  }

  private static void loop(MetaGraphDef.Builder graph, Random random) {
    GraphDef.Builder whole = graph.getGraphDefBuilder();
    FunctionDef.Builder function =
        whole
            .getLibraryBuilder()
            .getFunctionBuilder(random.nextInt(whole.getLibrary().getFunctionCount()));
    function.addNodeDef(Models.call("loop", function.getSignature().getName()));
  }

  private static void recall(MetaGraphDef.Builder graph, Random random) {
    nodeWith(graph, random, n -> n.containsAttr("f"))
        .putAttr("f", Models.function(function(graph, random)));
  }

  private static void reshape(MetaGraphDef.Builder graph, Random random, long size) {
    NodeDef.Builder node =
        nodeWith(
            graph,
            random,
            n ->
                n.getAttrOrDefault("shape", AttrValue.getDefaultInstance()).getShape().getDimCount()
                        > 0
                    || n.getOp().equals("Const"));
    if (node.getOp().equals("Const")) {
      AttrValue.Builder value = node.getAttrOrThrow("value").toBuilder();
      TensorShapeProto.Builder shape = value.getTensorBuilder().getTensorShapeBuilder();
      shape.addDim(TensorShapeProto.Dim.newBuilder().setSize(size));
      node.putAttr("value", value.build());
      return;
    }
    AttrValue.Builder shape = node.getAttrOrThrow("shape").toBuilder();
    TensorShapeProto.Builder sizes = shape.getShapeBuilder();
    sizes.getDimBuilder(random.nextInt(sizes.getDimCount())).setSize(size);
    node.putAttr("shape", shape.build());
  }

  private static void retype(MetaGraphDef.Builder graph, Random random) {
    NodeDef.Builder node =
        nodeWith(graph, random, n -> n.containsAttr("dtype") || n.containsAttr("T"));
    node.putAttr(
        node.containsAttr("T") ? "T" : "dtype",
        Models.type(DataType.forNumber(random.nextInt(24))));
  }

  private static void renumber(MetaGraphDef.Builder graph, Random random) {
    NodeDef.Builder node = node(graph, random);
    for (String name : List.copyOf(node.getAttrMap().keySet())) {
      AttrValue.Builder value = node.getAttrOrThrow(name).toBuilder();
      switch (value.getValueCase()) {
        case I -> value.setI(random.nextLong());
        case F -> value.setF(Float.intBitsToFloat(random.nextInt()));
        case B -> value.setB(!value.getB());
        case S -> value.setS(ByteString.copyFromUtf8("x".repeat(random.nextInt(50))));
        case LIST -> {
          for (int i = 0; i < value.getList().getICount(); i++) {
            value.getListBuilder().setI(i, random.nextInt(100) - 50);
          }
        }
        default -> {}
      }
      node.putAttr(name, value.build());
    }
  }

  /** Well-formed but for what it does: only the audit can tell. */
  private static void hostile(MetaGraphDef.Builder graph, Random random) {
    OpDef op = Operations.all().get(HOSTILE[random.nextInt(HOSTILE.length)]);
    NodeDef.Builder node = Models.node("hostile", op.getName());
    String function = function(graph, random);
    op.getAttrList().stream()
        .filter(a -> !a.hasDefaultValue())
        .forEach(a -> node.putAttr(a.getName(), some(a.getType(), function)));
    int inputs = Operations.count(op.getInputArgList(), op, node.build());
    String input = graph.getGraphDef().getNode(0).getName();
    for (int i = 0; i < inputs; i++) {
      node.addInput(input);
    }
    graph.getGraphDefBuilder().addNode(node);
    // Savers that nothing runs are let in: this one is run by whoever asks for an output.
    Set<String> outputs =
        EntryPoints.outputs(graph.build()).stream()
            .map(tensor -> TensorName.parse(tensor).node())
            .collect(Collectors.toSet());
    graph.getGraphDefBuilder().getNodeBuilderList().stream()
        .filter(n -> outputs.contains(n.getName()))
        .forEach(n -> n.addInput("^hostile"));
  }

  private static AttrValue some(String type, String function) {
    AttrValue.Builder value = AttrValue.newBuilder();
    switch (type) {
      case "type" -> value.setType(DataType.DT_FLOAT);
      case "int" -> value.setI(1);
      case "float" -> value.setF(1);
      case "bool" -> value.setB(true);
      case "string" -> value.setS(ByteString.copyFromUtf8("x"));
      case "shape" -> value.setShape(Models.shape(1));
      case "func" -> value.setFunc(Models.function(function).getFunc());
      case "list(type)" -> value.getListBuilder().addType(DataType.DT_FLOAT);
      case "list(shape)" -> value.getListBuilder().addShape(Models.shape(1));
      default -> value.getListBuilder();
    }
    return value.build();
  }

  private static void exchange(MetaGraphDef.Builder graph, Random random) {
    String op = node(graph, random).getOp();
    node(graph, random).setOp(op);
  }

  /** Sizes, axes and strides, mostly. */
  private static void otherConstant(MetaGraphDef.Builder graph, Random random) {
    NodeDef.Builder node = nodeWith(graph, random, n -> n.getOp().equals("Const"));
    AttrValue.Builder value = node.getAttrOrThrow("value").toBuilder();
    byte[] content = value.getTensor().getTensorContent().toByteArray();
    random.nextBytes(content);
    value.getTensorBuilder().setTensorContent(ByteString.copyFrom(content));
    for (int i = 0; i < value.getTensor().getIntValCount(); i++) {
      value.getTensorBuilder().setIntVal(i, random.nextInt());
    }
    node.putAttr("value", value.build());
  }

  private static void withoutAttribute(MetaGraphDef.Builder graph, Random random) {
    NodeDef.Builder node = nodeWith(graph, random, n -> n.getAttrCount() > 0);
    List<String> names = node.getAttrMap().keySet().stream().sorted().toList();
    node.removeAttr(names.get(random.nextInt(names.size())));
  }

  private static void withoutNode(MetaGraphDef.Builder graph, Random random) {
    GraphDef.Builder whole = graph.getGraphDefBuilder();
    whole.removeNode(random.nextInt(whole.getNodeCount()));
  }
}
