package org.marginsoftmax.run;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.marginsoftmax.PageTable;
import org.marginsoftmax.backbone.BackboneType;
import org.marginsoftmax.backbone.Backbones;
import org.marginsoftmax.option.Option;

/**
 * The table of docs/backbones.md is that of the catalogue; {@code -Dbackbones.write} writes it
 * there.
 */
class BackbonesPageTest {
  private static final Path PAGE = Path.of("docs/backbones.md");

  @Test
  void theBackbones() throws IOException {
    List<String> names = Backbones.ours().stream().map(BackboneType::name).toList();
    List<String> table =
        new ArrayList<>(
            List.of(
                "| `--backbone` | name | takes | options and defaults | parameters | multiply-adds | source | when to use it |",
                "| --- | --- | --- | --- | ---: | ---: | --- | --- |"));
    for (BackboneTable.Row row : BackboneTable.of(Map.of(), BackboneTable.Sample.USUAL)) {
      if (names.contains(row.name())) {
        table.add(
            "| `%s` | %s | %s | %s | %s | %s | %s | %s |"
                .formatted(
                    row.name(),
                    row.title(),
                    row.samples(),
                    row.options().entrySet().stream()
                        .map(o -> o.getKey().replace('_', ' ') + " " + Option.words(o.getValue()))
                        .collect(Collectors.joining(", ")),
                    String.format(Locale.ROOT, "%,d", row.parameters()),
                    String.format(Locale.ROOT, "%,d", row.multiplyAdds()),
                    row.source(),
                    row.when().replaceAll("`([a-z-]+)`( \\w+)?", "`--$1$2`"))
                .replace("  ", " "));
      }
    }
    PageTable.check(PAGE, "| `--backbone` |", table, Boolean.getBoolean("backbones.write"));
  }
}
