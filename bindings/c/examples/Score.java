import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Scores the rows of a CSV file with a bundle: {@code Score BUNDLE ROWS.csv SCORES.csv [THREADS]}.
 *
 * <p>Numbers are read and written with digits that keep their bits, so that scores are those of {@code spanwise score}.
 */
public final class Score {
    private Score() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments.length < 3 || 4 < arguments.length) {
            System.err.println("usage: Score BUNDLE ROWS.csv SCORES.csv [THREADS]");
            System.exit(2);
        }
        int nThreads = arguments.length == 4 ? Integer.parseInt(arguments[3]) : 1;
        List<List<String>> records = readCsv(Files.readString(Path.of(arguments[1])));
        try (Spanwise bundle = Spanwise.open(arguments[0])) {
            int nRows = records.size() - 1;
            Spanwise.Scores scores = bundle.score(columns(bundle, records), nRows, nThreads, Spanwise.LEAVE_OUT);
            write(bundle, scores, nRows, Path.of(arguments[2]));
        } catch (IllegalArgumentException refusal) {
            System.err.println("Score: " + refusal.getMessage());
            System.exit(1);
        }
    }

    /** The inputs among the columns: numbers by value, everything else as text, which days and times may come as. */
    private static List<Spanwise.Column> columns(Spanwise bundle, List<List<String>> records) {
        List<Spanwise.Column> columns = new ArrayList<>();
        for (Spanwise.Input input : bundle.inputs()) {
            int at = records.get(0).indexOf(input.name());
            if (at < 0) throw new IllegalArgumentException("no column `" + input.name() + "`");
            String[] cells = records.stream().skip(1).map(record -> record.get(at)).toArray(String[]::new);
            columns.add(column(input, cells));
        }
        return columns;
    }

    private static Spanwise.Column column(Spanwise.Input input, String[] cells) {
        boolean[] present = new boolean[cells.length], truths = new boolean[cells.length];
        double[] numbers = new double[cells.length];
        boolean isNumber = input.kind() == Spanwise.NUMBER || input.kind() == Spanwise.INTEGER;
        for (int row = 0; row < cells.length; row++) {
            present[row] = !cells[row].isEmpty();
            truths[row] = cells[row].equals("true");
            if (isNumber) numbers[row] = present[row] ? Double.parseDouble(cells[row]) : Double.NaN;
        }
        if (isNumber) return Spanwise.Column.of(input.name(), numbers);
        if (input.kind() == Spanwise.BOOLEAN) return Spanwise.Column.of(input.name(), truths, present);
        return Spanwise.Column.of(input.name(), cells);
    }

    private static void write(Spanwise bundle, Spanwise.Scores scores, int nRows, Path path) throws IOException {
        List<String> classes = bundle.classes();
        int nOutputs = nRows == 0 ? 0 : scores.margins().length / nRows;
        int nColumns = 2 * nOutputs + (classes.isEmpty() ? 0 : 1);
        try (PrintStream out = new PrintStream(Files.newOutputStream(path), false, StandardCharsets.UTF_8)) {
            out.print(String.join(",", bundle.columns().subList(0, nColumns)) + "\n");
            for (int row = 0; row < nRows; row++) {
                List<String> cells = new ArrayList<>();
                for (int at = 0; at < nOutputs; at++) cells.add(number(scores.margins()[row * nOutputs + at]));
                for (int at = 0; at < nOutputs; at++) cells.add(number(scores.answers()[row * nOutputs + at]));
                int decision = classes.isEmpty() ? -1 : scores.decisions()[row];
                if (!classes.isEmpty()) cells.add(decision < 0 ? "" : classes.get(decision));
                out.print(String.join(",", cells) + "\n");
            }
        }
    }

    private static String number(double value) {
        return Double.isNaN(value) ? "" : Double.toString(value);
    }

    /** Records of separated values: cells in quotes may hold commas, line ends and doubled quotes. */
    private static List<List<String>> readCsv(String text) {
        List<List<String>> records = new ArrayList<>();
        List<String> record = new ArrayList<>();
        StringBuilder cell = new StringBuilder();
        boolean quoted = false;
        for (int at = 0; at < text.length(); at++) {
            char c = text.charAt(at);
            if (quoted && c == '"' && at + 1 < text.length() && text.charAt(at + 1) == '"') {
                cell.append('"');
                at++;
            } else if (c == '"') {
                quoted = !quoted;
            } else if (quoted || c != ',' && c != '\n' && c != '\r') {
                cell.append(c);
            } else if (c != '\r') {
                record.add(cell.toString());
                cell.setLength(0);
                if (c == '\n') {
                    records.add(record);
                    record = new ArrayList<>();
                }
            }
        }
        if (0 < cell.length() || !record.isEmpty()) {
            record.add(cell.toString());
            records.add(record);
        }
        return records;
    }
}
