package org.marginsoftmax.run;

import java.io.PrintStream;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.marginsoftmax.InvalidInputException;
import org.marginsoftmax.backbone.Backbone;
import org.marginsoftmax.backbone.NoBackbone;
import org.marginsoftmax.data.ElementSpec;
import org.marginsoftmax.data.Epochs;
import org.marginsoftmax.data.ImageShape;
import org.marginsoftmax.data.Mixer;
import org.marginsoftmax.data.Shuffled;
import org.marginsoftmax.eval.Protocol;
import org.marginsoftmax.keras.KerasBackbone;
import org.marginsoftmax.keras.KerasHead;
import org.marginsoftmax.source.HeapRoom;
import org.marginsoftmax.train.Device;
import org.marginsoftmax.train.Network;
import org.marginsoftmax.train.TrainingCheck;
import org.marginsoftmax.train.TrainingMemory;
import org.marginsoftmax.train.TrainingPlan;
import org.marginsoftmax.train.Validation;
import org.marginsoftmax.train.ValidationFigure;

/**
 * A run that has not started, as {@code train}, {@code sweep} and {@code check} prepare it. Every
 * default is filled in, everything that can be refused has been checked, and nothing is written
 * yet.
 *
 * @param folder of the run; {@link RunFolder#none} if it is only checked
 * @param asked the configuration as given
 * @param config with every default that data and models decide
 * @param data the samples
 * @param featureWarning about the norms of features that are trained on as they are
 * @param firstHead the head whose class centers initialize the run's; null for none
 * @param initial the run that it starts from; null for none
 * @param network to train
 * @param epochs what each epoch is fed with
 * @param plan of the training
 * @param validation how the best checkpoint is chosen
 * @param check its findings
 * @param room the memory that it takes
 */
record ResolvedRun(
    RunFolder folder,
    TrainConfig asked,
    TrainConfig config,
    TrainingData data,
    Optional<String> featureWarning,
    KerasHead firstHead,
    InitialRun initial,
    Network network,
    Epochs epochs,
    TrainingPlan plan,
    Validation validation,
    TrainingCheck check,
    MemoryRoom room) {

  /**
   * Reads data and models and checks everything.
   *
   * @param progress gets a line for each file that is not read
   * @throws InvalidInputException for anything that would keep training from starting
   */
  static ResolvedRun of(TrainConfig given, RunFolder folder, PrintStream progress) {
    return of(given, folder, new SharedInputs(), progress);
  }

  /**
   * Like {@link #of(TrainConfig, RunFolder, PrintStream)}, for one of several runs.
   *
   * @param shared has what an earlier run of them read, and keeps what this one reads
   */
  static ResolvedRun of(
      TrainConfig given, RunFolder folder, SharedInputs shared, PrintStream progress) {
    if (takesSessions(given)) {
      Device.claimThreads(given.loop().threads());
    }
    InitialRun initial =
        given.loop().init() == null ? null : InitialRun.of(given.loop().init(), folder.inputs());
    TrainConfig asked = initial == null ? given : initial.fill(given);
    Backbone backbone = shared.backbone(asked, folder.inputs());
    TrainConfig config =
        backbone instanceof KerasBackbone keras
            ? asked.withData(asked.data().fitting(keras.input().shape()))
            : asked;
    TrainingData data = shared.data(config.data(), config.loop().seed(), folder.path(), progress);
    ElementSpec element = data.train().element();
    config = config.withBackbone(config.backbone().suiting(element));
    if (backbone instanceof KerasBackbone keras && element instanceof ImageShape) {
      config = KerasSetup.withScaling(config, keras);
    }
    KerasHead first = KerasSetup.firstHead(config.keras(), folder.inputs(), data.train().classes());
    if (first != null) {
      config = KerasSetup.withFirstHead(config, first);
    }
    config = config.with(TrainingEpochs.sizes(config, data.train()));
    Backbone chosen = backbone == null ? config.backbone().backbone() : backbone;
    Optional<String> featureWarning =
        chosen instanceof NoBackbone ? FeatureNorms.check(data.train()) : Optional.empty();
    return of(folder, asked, config, data, featureWarning, first, initial, chosen);
  }

  /**
   * Whether TensorFlow reads something of it: models, runs or JPEGs. Other data that do not fit are
   * refused in a heap that would be too small for TensorFlow's classes.
   */
  private static boolean takesSessions(TrainConfig given) {
    return given.keras().from() != null
        || given.keras().initHead() != null
        || given.loop().init() != null
        || !given.data().isFashionMnist() && given.data().dataFormat().isSource();
  }

  /** The same run, which measures another figure of the validation samples besides. */
  ResolvedRun measuring(ValidationFigure figure) {
    return new ResolvedRun(
        folder,
        asked,
        config,
        data,
        featureWarning,
        firstHead,
        initial,
        network,
        epochs,
        plan,
        new Validation(
            validation.samples(), validation.figure(), validation.patience(), List.of(figure)),
        check,
        room);
  }

  private static ResolvedRun of(
      RunFolder folder,
      TrainConfig asked,
      TrainConfig config,
      TrainingData data,
      Optional<String> featureWarning,
      KerasHead first,
      InitialRun initial,
      Backbone backbone) {
    config.optimizer().update(config.loop().accumulate());
    config.loop().session();
    int[] counts = new int[data.train().classes()];
    Arrays.stream(data.train().labels()).forEach(label -> counts[label]++);
    Network network =
        new Network(
            data.train().element(),
            backbone,
            folder.inputs().head(config.head()).head(counts.length, counts),
            counts.length);
    network = network.withPixels(config.input().over(network.pixels()));
    if (initial != null) {
      network = initial.first(network, config, data.train().classNames());
    }
    if (first != null) {
      network = KerasSetup.withFirstCenters(network, first);
    }
    network = config.loop().asTrained(network);
    network.partialFc().require(config.optimizer().optimizer());
    Epochs epochs =
        TrainingEpochs.of(
            config.batches(), data.train(), config.loop().batchSize(), config.loop().seed());
    requireMixes(network, config, epochs);
    TrainingPlan plan =
        config
            .loop()
            .plan(
                epochs.sampler().perEpoch(),
                config.optimizer().rate(),
                config.schedule().marginOf(network.head()),
                config.schedule().scaleOf(network.head()));
    TrainingMemory.Plan memory = memory(config, data, network, epochs);
    requireRoomForMetrics(config, data, memory);
    TrainingCheck check =
        TrainingCheck.of(
            network.head(),
            counts,
            memory.dimension(),
            plan,
            network.classesPerStep(),
            epochs.sampler() instanceof Shuffled);
    check = featureWarning.map(check::withWarning).orElse(check);
    MemoryRoom room = MemoryRoom.of(memory);
    room.require(config.keras().from() == null && !(backbone instanceof NoBackbone));
    check = room.warning().map(check::withWarning).orElse(check);
    Validation validation = config.loop().validation(data.validation());
    return new ResolvedRun(
        folder,
        asked,
        config,
        data,
        featureWarning,
        first,
        initial,
        network,
        epochs,
        plan,
        validation,
        check,
        room);
  }

  /** What training and the evaluation after it take. */
  private static TrainingMemory.Plan memory(
      TrainConfig config, TrainingData data, Network network, Epochs epochs) {
    int gallery = Protocol.usual(config.loop().seed()).gallerySamples();
    return TrainingMemory.Plan.of(
            network,
            config.optimizer().update(config.loop().accumulate()),
            config.loop().batchSize(),
            epochs.mixer() != Mixer.NONE,
            epochs.preparedAhead(),
            data.test().size() == 0
                ? 0
                : data.test().size() + Math.min(data.train().size(), gallery),
            SystemMemory.resident())
        .withWorkers(config.loop().workers(), network.backbone().divides());
  }

  /**
   * Refuses samples whose embeddings do not fit into memory beside them, which would be found out
   * only after training. Each is held twice for a moment, as computed and of norm 1.
   */
  private static void requireRoomForMetrics(
      TrainConfig config, TrainingData data, TrainingMemory.Plan memory) {
    HeapRoom.require(
        "samples and their embeddings",
        data.pixelBytes() + TrainingMemory.heapAfterTraining(memory),
        String.format(
            Locale.ROOT,
            "%,d to embed for the metrics, of size %,d",
            memory.embedded(),
            memory.dimension()),
        config.data().source(),
        ", or take fewer");
  }

  private static void requireMixes(Network network, TrainConfig config, Epochs epochs) {
    if (epochs.mixer() != Mixer.NONE && !network.head().mixes()) {
      throw new InvalidInputException(
          "augment: expected a head that takes mixtures with mixup and cutmix, found %s, whose loss depends on the batch or on a state; leave these steps out, or choose another `head`, such as arcface"
              .formatted(config.head().name()));
    }
  }
}
