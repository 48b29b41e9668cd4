import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A bundle of Spanwise in this process. Threads may share one.
 *
 * <p>Beneath is JNI, which every JDK from 17 on has without a flag at compile time; the foreign-function API would need no C,
 * but its form in JDK 17 (an incubator) and that from 22 on are two different ones. From JDK 24 on say
 * {@code --enable-native-access=ALL-UNNAMED}, or the JVM warns once.
 *
 * <p>{@code java.library.path} must lead to {@code libspanwise_jni} (spanwise_jni.c), and that to {@code libspanwise_c}.
 */
public final class Spanwise implements AutoCloseable {
    /** Kinds of inputs and of columns. */
    public static final int BOOLEAN = 1, INTEGER = 2, NUMBER = 3, TEXT = 4, DATE = 5, TIME = 6;

    /** What becomes of rows that break the contract. */
    public static final int REFUSE = 0, LEAVE_OUT = 1, SCORE = 2;

    static {
        System.loadLibrary("spanwise_jni");
        if (abi() != 1) throw new ExceptionInInitializerError("the library is of another ABI than this class");
    }

    /** An input of a bundle. */
    public record Input(String name, int kind, boolean isRequired) {}

    /** Scores: margins and answers row by row; decisions are positions of classes, -1 for rows that were left out. */
    public record Scores(double[] margins, double[] answers, int[] decisions, boolean[] kept) {}

    /** One column of rows, in memory that the library reads where it lies. */
    public static final class Column {
        private final byte[] name;
        private final int kind;
        private final ByteBuffer values, offsets, validity;

        private Column(String name, int kind, ByteBuffer values, ByteBuffer offsets, ByteBuffer validity) {
            this.name = utf8(name);
            this.kind = kind;
            this.values = values;
            this.offsets = offsets;
            this.validity = validity;
        }

        /** Numbers; NaN is missing. */
        public static Column of(String name, double[] numbers) {
            ByteBuffer values = direct(8L * numbers.length);
            values.asDoubleBuffer().put(numbers);
            return new Column(name, NUMBER, values, null, null);
        }

        /** Whole numbers; those where {@code present} is false are missing, none if it is null. */
        public static Column of(String name, long[] numbers, boolean[] present) {
            ByteBuffer values = direct(8L * numbers.length);
            values.asLongBuffer().put(numbers);
            return new Column(name, INTEGER, values, null, present == null ? null : bytes(present));
        }

        /** Truths; those where {@code present} is false are missing, none if it is null. */
        public static Column of(String name, boolean[] truths, boolean[] present) {
            return new Column(name, BOOLEAN, bytes(truths), null, present == null ? null : bytes(present));
        }

        /** Texts, also those of days and times; null is missing. */
        public static Column of(String name, String[] texts) {
            byte[][] parts = Arrays.stream(texts).map(text -> utf8(text == null ? "" : text)).toArray(byte[][]::new);
            ByteBuffer values = direct(Arrays.stream(parts).mapToLong(part -> part.length).sum());
            ByteBuffer offsets = direct(8L * (texts.length + 1));
            offsets.putLong(0);
            for (byte[] part : parts) {
                values.put(part);
                offsets.putLong(values.position());
            }
            return new Column(name, TEXT, values, offsets, null);
        }
    }

    private final long handle;

    private Spanwise(long handle) {
        this.handle = handle;
    }

    /** Opens a bundle; all of it is checked. */
    public static Spanwise open(String path) {
        return new Spanwise(open(utf8(path)));
    }

    /** The hash of the bundle's bytes. */
    public String hash() {
        return text(text(handle, 'h', 0));
    }

    /** The inputs that a row must bring. */
    public List<Input> inputs() {
        List<Input> inputs = new ArrayList<>();
        for (long position = 0; position < count(handle, 'i'); position++) {
            int about = input(handle, position);
            inputs.add(new Input(text(text(handle, 'i', position)), about & 0xFF, (about & 0x100) != 0));
        }
        return inputs;
    }

    /** The names of the columns of an answer: margins, answers, the decision. */
    public List<String> columns() {
        return texts('c');
    }

    /** What decisions are positions in. */
    public List<String> classes() {
        return texts('k');
    }

    /** Scores rows; columns that the bundle does not ask for are not looked at. */
    public Scores score(List<Column> columns, int nRows, int nThreads, int brokenRows) {
        int nOutputs = Math.toIntExact(count(handle, 'o'));
        ByteBuffer margins = direct(8L * nRows * nOutputs), answers = direct(8L * nRows * nOutputs);
        ByteBuffer decisions = 0 < count(handle, 'k') ? direct(4L * nRows) : null;
        ByteBuffer kept = direct(nRows);
        score(
                handle,
                columns.stream().map(column -> column.name).toArray(byte[][]::new),
                columns.stream().mapToInt(column -> column.kind).toArray(),
                columns.stream().map(column -> column.values).toArray(ByteBuffer[]::new),
                columns.stream().map(column -> column.offsets).toArray(ByteBuffer[]::new),
                columns.stream().map(column -> column.validity).toArray(ByteBuffer[]::new),
                nRows, nThreads, brokenRows, margins, answers, decisions, kept);
        double[] marginsOut = new double[nRows * nOutputs], answersOut = new double[nRows * nOutputs];
        margins.asDoubleBuffer().get(marginsOut);
        answers.asDoubleBuffer().get(answersOut);
        int[] decisionsOut = new int[decisions == null ? 0 : nRows];
        if (decisions != null) decisions.asIntBuffer().get(decisionsOut);
        boolean[] keptOut = new boolean[nRows];
        for (int row = 0; row < nRows; row++) keptOut[row] = kept.get(row) != 0;
        return new Scores(marginsOut, answersOut, decisionsOut, keptOut);
    }

    /** Later calls are refused; those under way are answered. */
    @Override
    public void close() {
        close(handle);
    }

    private List<String> texts(char what) {
        List<String> texts = new ArrayList<>();
        for (long position = 0; position < count(handle, what); position++) texts.add(text(text(handle, what, position)));
        return texts;
    }

    private static ByteBuffer direct(long nBytes) {
        return ByteBuffer.allocateDirect(Math.toIntExact(nBytes)).order(ByteOrder.nativeOrder());
    }

    private static ByteBuffer bytes(boolean[] truths) {
        ByteBuffer bytes = direct(truths.length);
        for (boolean truth : truths) bytes.put((byte) (truth ? 1 : 0));
        return bytes;
    }

    // Java's own texts across JNI are no UTF-8: zeros and letters beyond 16 bits are written otherwise.
    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String text(byte[] utf8) {
        return new String(utf8, StandardCharsets.UTF_8);
    }

    private static native int abi();

    private static native long open(byte[] path);

    private static native void close(long handle);

    private static native long count(long handle, char what);

    private static native byte[] text(long handle, char what, long position);

    private static native int input(long handle, long position);

    private static native void score(
            long handle, byte[][] names, int[] kinds, ByteBuffer[] values, ByteBuffer[] offsets, ByteBuffer[] validity,
            long nRows, int nThreads, int brokenRows,
            ByteBuffer margins, ByteBuffer answers, ByteBuffer decisions, ByteBuffer kept);
}
