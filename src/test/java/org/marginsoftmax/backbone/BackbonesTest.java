package org.marginsoftmax.backbone;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Backbones by name, from jars too. */
class BackbonesTest {
  private final ClassLoader own = Thread.currentThread().getContextClassLoader();
  @TempDir Path dir;

  @AfterEach
  void restoreLoader() {
    Thread.currentThread().setContextClassLoader(own);
  }

  /** What a jar on the class path would add. */
  private void provide(String provider) throws IOException {
    Path services = Files.createDirectories(dir.resolve("META-INF/services"));
    Files.writeString(services.resolve(BackboneProvider.class.getName()), provider);
    Thread.currentThread()
        .setContextClassLoader(new URLClassLoader(new URL[] {dir.toUri().toURL()}, own));
  }

  private static String refusal() {
    return assertThrows(IllegalArgumentException.class, Backbones::names).getMessage();
  }

  @Test
  void oursComesFirst() {
    List<String> names = Backbones.names();
    assertEquals("small-cnn", names.get(0));
    assertEquals(
        List.of("none", "residual-net", "sequence-net", "tiny-net"),
        names.subList(names.size() - 4, names.size()));
    assertEquals(new SmallCnn(64), Backbones.of("small-cnn", 64));
  }

  @Test
  void aNameThatNobodyHasIsRefusedWithThoseThereAre() {
    String message =
        assertThrows(IllegalArgumentException.class, () -> Backbones.of("resnet", 64)).getMessage();
    assertTrue(
        message.contains("none, residual-net, sequence-net, tiny-net, found 'resnet'"), message);
  }

  @Test
  void aNameThatIsTakenOrMalformedIsRefused() throws IOException {
    for (Class<?> provider : List.of(Twin.class, Ours.class, Shouting.class, Nameless.class)) {
      provide(provider.getName());
      assertTrue(refusal().contains("of " + provider.getName()), provider.getName());
    }
  }

  @Test
  void aProviderThatCannotBeLoadedIsRefusedInALine() throws IOException {
    provide("gone.Missing");
    assertTrue(refusal().contains("gone.Missing"), refusal());
    provide(Closed.class.getName());
    assertEquals(1, refusal().lines().count());
    assertTrue(refusal().contains(Closed.class.getName()), refusal());
  }

  /** One of that name is on the class path of the tests. */
  public static final class Twin extends Named {
    public Twin() {
      super("tiny-net");
    }
  }

  /** The name of ours. */
  public static final class Ours extends Named {
    public Ours() {
      super("small-cnn");
    }
  }

  /** Large letters. */
  public static final class Shouting extends Named {
    public Shouting() {
      super("TINY");
    }
  }

  /** No name at all. */
  public static final class Nameless extends Named {
    public Nameless() {
      super(null);
    }
  }

  /** Its constructor fails. */
  public static final class Closed extends Named {
    public Closed() {
      super("closed");
      throw new IllegalStateException("no licence\nfound");
    }
  }

  private abstract static class Named implements BackboneProvider {
    private final String name;

    Named(String name) {
      this.name = name;
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public Backbone backbone(int embedding) {
      return new SmallCnn(embedding);
    }
  }
}
