package org.marginsoftmax.layer;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.marginsoftmax.InvalidInputException;
import org.tensorflow.Operand;
import org.tensorflow.ndarray.Shape;
import org.tensorflow.op.Op;
import org.tensorflow.op.Ops;
import org.tensorflow.op.core.VarHandleOp;
import org.tensorflow.types.TFloat32;

/**
 * The named variables of one graph. Asking twice for a name returns the same variable, so that a
 * training graph and a scoring graph built by the same code share their weights.
 */
public final class Variables {
  private static final String AVERAGE = "average/";
  private static final String RAW = "raw/";

  private final Ops tf;
  private final Tasks tasks;
  private final long seed;
  private final Map<String, Variable> byName = new LinkedHashMap<>();
  private final Map<String, Initializer> initializers = new LinkedHashMap<>();
  private final Map<Variable, Variable> averages = new LinkedHashMap<>();
  private final Variables averaged;
  private final Variables spread;
  private final Map<Integer, Long> loads = new TreeMap<>();
  private final Map<String, Initializer> firstValues;
  private final Map<String, Operand<TFloat32>> wholes = new LinkedHashMap<>();

  /**
   * Creates an empty set of variables.
   *
   * @param tf ops of the graph that the variables belong to
   * @param seed seed for their initial values
   */
  public Variables(Ops tf, long seed) {
    this(tf, seed, Map.of());
  }

  /**
   * Creates an empty set of variables, some of which start from values of their own.
   *
   * @param firstValues initial values by the names of variables, in place of those asked for
   */
  public Variables(Ops tf, long seed, Map<String, Initializer> firstValues) {
    this(tf, Tasks.NONE, seed, firstValues);
  }

  /**
   * Creates an empty set of variables, whose {@link #parts} are divided among workers.
   *
   * @param tf ops of the graph that the variables belong to, of the process that has all others
   * @param firstValues initial values by the names of variables, in place of those asked for
   */
  public Variables(Ops tf, Tasks tasks, long seed, Map<String, Initializer> firstValues) {
    this(tf, tasks, seed, firstValues, null, null);
  }

  private Variables(
      Ops tf,
      Tasks tasks,
      long seed,
      Map<String, Initializer> firstValues,
      Variables averaged,
      Variables spread) {
    this.spread = spread;
    this.tf = tf;
    this.tasks = tasks;
    this.seed = seed;
    this.firstValues = firstValues;
    this.averaged = averaged;
  }

  /**
   * The averages of these variables over training: a view in which each name gives the average of
   * the variable with that name, which starts from the same value. Variables that training does not
   * move, and the state of training, are themselves there.
   */
  public Variables averaged() {
    return new Variables(tf, tasks, seed, Map.of(), this, null);
  }

  /**
   * A view of these variables in which one that does not exist yet is made in the worker that has
   * least, so that all have as much to keep, to send and to update; these variables themselves if
   * there is but one process.
   */
  public Variables spread() {
    return tasks.workers() == 0 ? this : new Variables(tf, tasks, seed, Map.of(), null, this);
  }

  private Integer leastLoaded(String name, Shape shape) {
    Variable known = byName.get(name);
    if (known != null) {
      return known.worker();
    }
    int least = 0;
    for (int k = 1; k < tasks.workers(); k++) {
      if (loads.getOrDefault(k, 0L) < loads.getOrDefault(least, 0L)) {
        least = k;
      }
    }
    loads.merge(least, shape.size(), Long::sum);
    return least;
  }

  /** The processes that {@link #parts} are divided among. */
  public Tasks tasks() {
    return tasks;
  }

  /** The variables that have an average, and their averages, in the order of their creation. */
  public Map<Variable, Variable> averages() {
    return Collections.unmodifiableMap(averages);
  }

  /**
   * All variables, and what a checkpoint calls them: the key gives what the model is, which is the
   * average if there is one; then the variable itself has the key {@code raw/NAME}.
   */
  public List<SavedVariable> saved() {
    List<SavedVariable> saved = new ArrayList<>();
    for (Variable variable : byName.values()) {
      boolean isAverage = variable.key().startsWith(AVERAGE);
      if (averages.containsKey(variable)) {
        saved.add(new SavedVariable(RAW + variable.key(), variable));
      } else {
        saved.add(
            new SavedVariable(
                isAverage ? variable.key().substring(AVERAGE.length()) : variable.key(), variable));
      }
    }
    return saved;
  }

  /**
   * A matrix in parts: variables with so many rows each, the last perhaps with fewer. A checkpoint
   * has the matrix as one, whatever its parts; in one part it is the variable with this name. Each
   * worker has a range of the parts.
   *
   * @param whole shape of the matrix
   * @param rows of each part
   */
  public List<Variable> parts(
      String name, Shape whole, long rows, Variable.Role role, Initializer initializer) {
    int count = (int) ((whole.get(0) + rows - 1) / rows);
    if (count == 1) {
      return List.of(get(name, whole, role, initializer, null, worker(0, 1)));
    }
    List<Variable> parts = new ArrayList<>();
    for (int k = 0; k < count; k++) {
      long from = k * rows;
      long own = Math.min(rows, whole.get(0) - from);
      parts.add(
          part(new Variable.Part(name, whole, from), own, role, initializer, worker(k, count)));
    }
    return parts;
  }

  private Operand<TFloat32> slice(Ops tf, Initializer whole, Variable.Part part, Shape shape) {
    return tf.slice(
        wholes.computeIfAbsent(part.of(), of -> whole.value(tf, part.whole(), seed, of)),
        tf.array(part.from(), 0L),
        tf.constant(shape.asArray()));
  }

  private Integer worker(int part, int parts) {
    return tasks.workers() == 0 ? null : tasks.of(part, parts);
  }

  private Variable part(
      Variable.Part part, long rows, Variable.Role role, Initializer initializer, Integer worker) {
    Initializer whole = firstValues.getOrDefault(part.of(), initializer);
    return get(
        part.of() + "/" + part.from(),
        Shape.of(rows, part.whole().get(1)),
        role,
        (tf, shape, seed, name) ->
            whole instanceof Initializer.ByRows byRows
                ? byRows.some().value(tf, part.whole(), part.from(), rows, seed, part.of())
                : slice(Tasks.toChief(tf), whole, part, shape),
        part,
        worker);
  }

  /**
   * The variable that goes with another one: its name is that of the other between two texts, its
   * shape the same, and if the other is a part of a matrix, so is it.
   */
  public Variable beside(
      Variable variable, String before, String after, Variable.Role role, Initializer initializer) {
    Variable.Part part = variable.part();
    return part == null
        ? get(
            before + variable.name() + after,
            variable.shape(),
            role,
            initializer,
            null,
            variable.worker())
        : part(
            new Variable.Part(before + part.of() + after, part.whole(), part.from()),
            variable.shape().get(0),
            role,
            initializer,
            variable.worker());
  }

  /**
   * The variable with this name, created if it does not exist yet.
   *
   * @throws InvalidInputException if it already exists with another shape or role
   */
  public Variable get(String name, Shape shape, Variable.Role role, Initializer initializer) {
    return spread == null
        ? get(name, shape, role, initializer, null, null)
        : spread.get(name, shape, role, initializer, null, spread.leastLoaded(name, shape));
  }

  private Variable get(
      String name,
      Shape shape,
      Variable.Role role,
      Initializer initializer,
      Variable.Part part,
      Integer worker) {
    if (averaged != null) {
      return averaged.average(name, shape, role, initializer, part, worker);
    }
    Variable known = byName.get(name);
    if (known == null) {
      known = create(name, shape, role, part, worker);
      byName.put(name, known);
      initializers.put(name, firstValues.getOrDefault(name, initializer));
    } else if (!known.shape().equals(shape) || known.role() != role) {
      throw new InvalidInputException(
          "variable %s: expected %s %s as first made, found %s %s; give the second one another name"
              .formatted(name, known.role(), known.shape(), role, shape));
    }
    return known;
  }

  private Variable average(
      String name,
      Shape shape,
      Variable.Role role,
      Initializer initializer,
      Variable.Part part,
      Integer worker) {
    Variable variable = get(name, shape, role, initializer, part, worker);
    return role == Variable.Role.FROZEN || role == Variable.Role.SLOT
        ? variable
        : averages.computeIfAbsent(
            variable,
            of ->
                get(
                    AVERAGE + name,
                    shape,
                    Variable.Role.SLOT,
                    (tf, size, seed, own) -> initializers.get(name).value(tf, size, seed, name),
                    part == null
                        ? null
                        : new Variable.Part(AVERAGE + part.of(), part.whole(), part.from()),
                    worker));
  }

  /** The variable with this name, in the process that has another one; see {@link #get}. */
  public Variable near(
      Variable other, String name, Shape shape, Variable.Role role, Initializer initializer) {
    return get(name, shape, role, initializer, null, other.worker());
  }

  /** All variables, in the order of their creation. */
  public Collection<Variable> all() {
    return Collections.unmodifiableCollection(byName.values());
  }

  /** The variables that an optimizer updates. */
  public List<Variable> trained() {
    return byName.values().stream().filter(v -> v.role().trained()).toList();
  }

  /** The variables that the trained model needs. */
  public List<Variable> inModel() {
    return byName.values().stream().filter(v -> v.role().inModel()).toList();
  }

  /**
   * One op that sets every variable to its initial value, one after the other, so that what it
   * takes to make one is gone before the next.
   */
  public Op initialize() {
    Ops next = tf;
    List<Op> assignments = new ArrayList<>();
    for (Variable variable : byName.values()) {
      Initializer initializer = initializers.get(variable.name());
      Ops own = variable.on(next);
      Op assigned =
          variable.assign(own, initializer.value(own, variable.shape(), seed, variable.name()));
      assignments.add(assigned);
      next = tf.withControlDependencies(assigned);
    }
    return tf.withControlDependencies(assignments).noOp();
  }

  private Variable create(
      String name, Shape shape, Variable.Role role, Variable.Part part, Integer worker) {
    Ops own = worker == null ? tf : Tasks.onWorker(tf, worker);
    // Without a shared name all handles are aliases of one variable.
    // The names of operations take no slashes.
    String operation = name.replace('/', '.');
    VarHandleOp handle =
        own.withName(operation).varHandleOp(TFloat32.class, shape, VarHandleOp.sharedName(name));
    Operand<TFloat32> value =
        own.withName(operation + ".read").readVariableOp(handle, TFloat32.class);
    return new Variable(name, shape, role, handle, value, part, worker);
  }
}
