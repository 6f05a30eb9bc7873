package org.marginsoftmax.pairs;

import static org.marginsoftmax.source.Refusals.refused;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is wrong with a list is said in one line, with the line of the list. */
class RefusedPairsTest {
  @TempDir Path dir;

  @BeforeEach
  void images() throws IOException {
    for (String name : "a b c d e".split(" ")) {
      Files.createDirectory(dir.resolve(name));
      for (int i = 1; i < 4; i++) {
        Files.writeString(dir.resolve("%s/%s_%04d.jpg".formatted(name, name, i)), name + i);
      }
      Files.writeString(dir.resolve(name + ".png"), name);
    }
  }

  private void refusedImages(String text, String said) throws IOException {
    Path list = Files.writeString(dir.resolve("list.csv"), text);
    refused(() -> PairFormat.read(list, null, null, line -> {}), said);
  }

  private void refusedLfw(String text, String said) throws IOException {
    Path list = Files.writeString(dir.resolve("pairs.txt"), text);
    refused(() -> PairFormat.read(list, null, null, line -> {}), said);
  }

  private void refusedTemplates(String text, String templates, String said) throws IOException {
    Path list = Files.writeString(dir.resolve("list.csv"), text);
    Path other = Files.writeString(dir.resolve("templates.csv"), templates);
    refused(() -> PairFormat.read(list, null, other, line -> {}), said);
  }

  @Test
  void refusesListsOfImages() throws IOException {
    String usual = "path1,path2,same\na.png,b.png,1\na.png,c.png,0\n";
    refusedImages("", "pairs, found none");
    refusedImages("path1,path2,same\n", "pairs, found none");
    refusedImages(
        usual + "a.png,x.png,1\ny.png,z.png,1\n",
        "no x.png, line 4, no y.png, line 5, no z.png, line 5 (");
    refusedImages(
        usual + "1.png,2.png,1\n3.png,4.png,1\n5.png,6.png,1\n1.png,7.png,0\n",
        "no 5.png, line 6 and 3 more");
    refusedImages(usual + "a.png,,1\n", "no path, line 4");
    refusedImages(usual + "a.png,a,1\n", "a, a folder in line 4");
    refusedImages(usual + "a.png,d.png,maybe\n", "yes or no, found 'maybe' in line 4");
    refusedImages(usual + "a.png,d.png,\n", "yes or no, found '' in line 4");
    refusedImages(usual + "a.png,d.png,2\n", "found '2' in line 4");
    refusedImages(usual + "a.png,d.png\n", "3 cells, found 2 in line 4");
    refusedImages(
        "a.png,b.png,1\na.png,c.png,1\n",
        "pairs of one subject and pairs of two, found 2, all same");
    refusedImages("a.png,b.png,0\na.png,c.png,0\n", "found 2, all different");
    refusedImages(usual + "a.png,b.png,1\n", "the same two images in lines 2 and 4");
    refusedImages(usual + "b.png,a.png,0\n", "the same two images in lines 2 and 4");
    refusedImages(usual + "./b.png,a.png,0\n", "the same two images in lines 2 and 4");
    refusedImages(usual + "d.png,d.png,0\n", "of the same image twice in line 4");
    refusedImages(
        "a.png,b.png,1,1\na.png,c.png,0,two\n", "a whole number as fold, found 'two' in line 2");
    refusedImages("a.png,b.png,1,1\na.png,c.png,0,1.5\n", "found '1.5' in line 2");
    refusedImages("a.png,b.png,1,1\na.png,c.png,0,1\n", "at least 2 folds, found fold 1 alone");
    refusedImages("a.png,b.png\na.png,c.png\n", "name the columns");
    refusedImages("left,right,is\na.png,b.png,1\n", "name the columns");
    for (String names :
        "left,right,same left,right,Genuine left,right,same,0 photo,other,same".split(" ")) {
      refusedImages(names + "\na.png,b.png,1\n", "name the columns");
    }
    // Where the first two are files, the third cell is the value of a row.
    refusedImages("left.png,right.png,same\na.png,b.png,0\n", "no left.png, line 1");
    refusedImages("path1,right,same\na.png,b.png,1\n", "name the columns");
    refusedImages(
        "path1,path2,age\na.png,b.png,1\n",
        "a column same, or subject1 and subject2, found path1, path2, age");
    refusedImages("path1,path2,same,label\na.png,b.png,1,1\n", "found same and label");
    refusedImages("path1,file1,path2,same\na.png,a.png,b.png,1\n", "found path1 and file1");
    refusedImages("path1,path2,same,age,age\na.png,b.png,1,2,3\n", "age twice");
    refusedImages("template1,template2,same\n1,2,1\n", "name them by `templates`");
    String subjects = "path1,path2,same,subject1,subject2\na.png,b.png,1,A,A\n";
    refusedImages(subjects + "a.png,c.png,0,B,C\n", "'A' in line 2 and 'B' in line 3 of a.png");
    refusedImages(
        subjects + "a.png,c.png,1,A,C\n",
        "what the subjects say, found '1' of 'A' and 'C' in line 3");
    refusedImages(subjects + "a.png,c.png,0,A,A\n", "found '0' of 'A' and 'A' in line 3");
    refusedImages(subjects + "a.png,c.png,0,A,\n", "two subjects, found none for one in line 3");
    refusedImages("path1,path2,same,subject1\na.png,b.png,1,A\n", "neither, found one");
  }

  @Test
  void refusesListsOfLabeledFacesInTheWild() throws IOException {
    String usual = "2 1\na 1 2\na 1 b 1\nc 1 2\nc 1 d 1\n";
    PairFormat.read(Files.writeString(dir.resolve("pairs.txt"), usual), null, null, line -> {});
    refusedLfw("", "as in '10 300', found nothing");
    refusedLfw("a 1 2\na 1 b 1\n", "as in '10 300', found 'a 1 2'");
    refusedLfw("a.png b.png 1\n", "a list of paths has to be a .csv or .tsv file");
    refusedLfw("0\n", "pairs, found none");
    refusedLfw("0 0\n", "pairs, found none");
    refusedLfw("999999 999999\na 1 2\n", "1999996000002 lines");
    refusedLfw(usual + "a 1 3\n", "4 lines of pairs after the first, which says '2 1', found 5");
    refusedLfw(usual.replace("c 1 d 1\n", ""), "found 3");
    refusedLfw(
        "2 1\na 1 2\nc 1 2\na 1 b 1\nc 1 d 1\n",
        "1 pairs of one person in each set, found 2 in set 1, lines 2 to 3");
    refusedLfw(usual.replace("a 1 2", "a 1 2 3 4"), "found 'a 1 2 3 4' in line 2");
    refusedLfw(usual.replace("a 1 b 1", "a 1 a 3"), "two persons, found 'a 1 a 3' in line 3");
    refusedLfw(
        usual.replace("a 1 2", "a 1 x"), "a whole number of an image, found 'a 1 x' in line 2");
    refusedLfw(
        usual.replace("d 1", "d 7").replace("a 1 2", "z 1 2"),
        "no z/z_0001, line 2, no z/z_0002, line 2, no d/d_0007, line 5");
    refusedLfw(
        usual.replace("c 1 2\nc 1 d 1", "a 2 1\nc 1 d 1"), "the same two images in lines 2 and 4");
    Files.writeString(dir.resolve("a/a_0002.png"), "a");
    refusedLfw(usual, "a_0002.jpg and a_0002.png, for line 2");
  }

  @Test
  void refusesListsOfTemplates() throws IOException {
    String pairs = "template1,template2,same\n1,2,1\n1,3,0\n";
    String images = "template,path\n1,a.png\n1,b.png\n2,c.png\n3,d.png\n";
    refusedTemplates(pairs + "1,4,0\n5,4,0\n", images, "none of 4, line 4, and of 1 more");
    refusedTemplates(pairs, images.replace("d.png", "x.png"), "no x.png, line 5");
    refusedTemplates(pairs, "template,path\n", "none of 1, line 2, and of 2 more");
    refusedTemplates(pairs + "1,,0\n", images, "two templates, found none for one in line 4");
    refusedTemplates(pairs + "2,1,1\n", images, "the same two templates in lines 2 and 4");
    refusedTemplates(pairs + "1,1,0\n", images, "of the same template twice in line 4");
    refusedTemplates("1,2\n1,3\n", images, "a column same, or subjects");
    refusedTemplates(pairs, "tid,name\n1,a.png\n", "name the columns");
    refusedTemplates(pairs, "1\n", "name the columns");
    refusedTemplates(pairs, "template,path\n1\n", "2 cells, found 1 in line 2");
    refusedTemplates("path1,path2,same\na.png,b.png,1\n", images, "name the columns");
    String subjects = "template,path,subject\n1,a.png,A\n1,b.png,A\n2,c.png,A\n3,d.png,B\n";
    refusedTemplates(
        pairs,
        subjects.replace("b.png,A", "b.png,B"),
        "'A' in line 2 and 'B' in line 3 of template 1");
    refusedTemplates(
        pairs, subjects.replace("c.png,A", "c.png,"), "a subject, found none in line 4");
    refusedTemplates(
        pairs,
        subjects.replace("d.png,B", "d.png,A"),
        "'A' and 'A' said to be different in line 3");
    refusedTemplates(pairs, subjects.replace("d.png", "a.png"), "a.png of 'A' and of 'B'");
    refusedTemplates("1,2\n1,3\n", subjects.replace("d.png,B", "d.png,A"), "2, all same");
    refusedTemplates(
        pairs.replace("same\n", "same,x\n").replace(",1\n", ",1,p\n").replace(",0\n", ",0,q\n"),
        images.replace("path\n", "path,x\n").replace("png\n", "png,y\n"),
        "x in both");
    Path lfw = Files.writeString(dir.resolve("pairs.txt"), "1\n");
    refused(() -> PairFormat.read(lfw, null, lfw, line -> {}), "leave `templates` out");
  }

  @Test
  void refusesWhatIsNoFile() throws IOException {
    refused(() -> PairFormat.read(dir.resolve("no.csv"), null, null, line -> {}), "no such file");
    refused(() -> PairFormat.read(dir, null, null, line -> {}), "a folder");
    Path packed = Files.writeString(dir.resolve("lfw.bin.zip"), "");
    refused(() -> PairFormat.read(packed, null, null, line -> {}), "unpack it");
  }
}
