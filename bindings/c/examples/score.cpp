// Scores the rows of a CSV file with a bundle: score BUNDLE ROWS.csv SCORES.csv [THREADS]
//
// Numbers are read and written with the fewest digits that keep their bits, so that scores are those of `spanwise score`.

#include "spanwise.h"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

using Record = std::vector<std::string>;

// ---- the library, with exceptions for codes

void check(int code) {
    if (code == SPANWISE_OK) return;
    char sentence[1024];
    spanwise_message(sentence, sizeof sentence, nullptr);
    throw std::runtime_error(sentence);
}

std::string text(const std::function<int(char *, std::size_t, std::size_t *)> &ask) {
    std::size_t length = 0;
    check(ask(nullptr, 0, &length));
    std::string told(length + 1, '\0');
    check(ask(told.data(), told.size(), &length));
    told.resize(length);
    return told;
}

class Bundle {
public:
    explicit Bundle(const char *path) {
        if (spanwise_abi() != SPANWISE_ABI) throw std::runtime_error("the library is of another ABI than its header");
        check(spanwise_open(path, &handle));
    }
    ~Bundle() { spanwise_close(handle); }
    Bundle(const Bundle &) = delete;
    Bundle &operator=(const Bundle &) = delete;

    std::size_t count(int (*of)(std::uint64_t, std::size_t *)) const {
        std::size_t n = 0;
        check(of(handle, &n));
        return n;
    }
    std::string name_of(int (*of)(std::uint64_t, std::size_t, char *, std::size_t, std::size_t *), std::size_t position) const {
        return text([&](char *buffer, std::size_t capacity, std::size_t *length) {
            return of(handle, position, buffer, capacity, length);
        });
    }

    std::uint64_t handle = 0;
};

// ---- files

// Records of separated values: cells in quotes may hold commas, line ends and doubled quotes.
std::vector<Record> read_csv(const char *path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) throw std::runtime_error(std::string("cannot read ") + path);
    std::vector<Record> records;
    Record record(1);
    bool quoted = false, begun = false;
    auto end_record = [&] {
        if (begun) records.push_back(record);
        record.assign(1, "");
        begun = false;
    };
    for (char c; file.get(c);) {
        if (quoted) {
            if (c != '"') record.back() += c;
            else if (file.peek() == '"') record.back() += static_cast<char>(file.get());
            else quoted = false;
            continue;
        }
        if (c == '\n') {
            end_record();
            continue;
        }
        if (c == '\r') continue;
        begun = true;
        if (c == '"') quoted = true;
        else if (c == ',') record.emplace_back();
        else record.back() += c;
    }
    end_record();
    if (records.empty()) throw std::runtime_error(std::string("no header in ") + path);
    return records;
}

double number(const std::string &cell) {
    if (cell.empty()) return std::nan("");
    double value = 0;
    const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
    if (error != std::errc() || end != cell.data() + cell.size()) throw std::runtime_error("`" + cell + "` is no number");
    return value;
}

void put(std::ostream &out, double value) {
    if (std::isnan(value)) return; // a row that was left out
    char digits[32];
    out.write(digits, std::to_chars(digits, digits + sizeof digits, value).ptr - digits);
}

// ---- rows

// The cells of one input: numbers and truths by value, everything else as text, which days and times may come as.
struct Cells {
    std::string name;
    std::vector<double> numbers;
    std::vector<std::uint8_t> truths, validity;
    std::string bytes;
    std::vector<std::int64_t> offsets{0};

    Cells(const std::string &input, std::uint32_t of_kind, const std::vector<Record> &records, std::size_t at) : name(input), kind(of_kind) {
        for (std::size_t row = 1; row < records.size(); ++row) {
            if (records[row].size() <= at) throw std::runtime_error("a row has too few cells");
            add(records[row][at]);
        }
    }

    SpanwiseColumn column() const {
        SpanwiseColumn column{};
        column.name = name.c_str();
        if (kind == SPANWISE_NUMBER || kind == SPANWISE_INTEGER) {
            column.kind = SPANWISE_NUMBER;
            column.values = numbers.data();
            column.n_values = numbers.size();
        } else if (kind == SPANWISE_BOOLEAN) {
            column.kind = kind;
            column.values = truths.data();
            column.n_values = truths.size();
            column.validity = validity.data();
            column.n_validity = validity.size();
        } else {
            column.kind = SPANWISE_TEXT;
            column.values = bytes.data();
            column.n_values = bytes.size();
            column.offsets = offsets.data();
            column.n_offsets = offsets.size();
        }
        return column;
    }

private:
    void add(const std::string &cell) {
        if (kind == SPANWISE_NUMBER || kind == SPANWISE_INTEGER) {
            numbers.push_back(number(cell));
        } else if (kind == SPANWISE_BOOLEAN) {
            if (!cell.empty() && cell != "true" && cell != "false") throw std::runtime_error("`" + cell + "` is no truth");
            truths.push_back(cell == "true");
            validity.push_back(!cell.empty());
        } else {
            bytes += cell;
            offsets.push_back(static_cast<std::int64_t>(bytes.size()));
        }
    }

    std::uint32_t kind;
};

std::vector<Cells> inputs_of(const Bundle &bundle, const std::vector<Record> &records) {
    std::vector<Cells> inputs;
    for (std::size_t position = 0; position < bundle.count(spanwise_n_inputs); ++position) {
        std::uint32_t kind = 0;
        int is_required = 0;
        const std::string name = text([&](char *buffer, std::size_t capacity, std::size_t *length) {
            return spanwise_input(bundle.handle, position, buffer, capacity, length, &kind, &is_required);
        });
        std::size_t at = 0;
        while (at < records[0].size() && records[0][at] != name) ++at;
        if (at == records[0].size()) throw std::runtime_error("no column `" + name + "`");
        inputs.emplace_back(name, kind, records, at);
    }
    return inputs;
}

void score(const char *bundle_path, const char *rows_path, const char *scores_path, std::uint32_t n_threads) {
    const Bundle bundle(bundle_path);
    const std::vector<Record> records = read_csv(rows_path);
    const std::size_t n_rows = records.size() - 1;
    const std::vector<Cells> inputs = inputs_of(bundle, records);
    std::vector<SpanwiseColumn> columns;
    for (const Cells &cells : inputs) columns.push_back(cells.column());

    const std::size_t n_outputs = bundle.count(spanwise_n_outputs);
    const bool decides = 0 < bundle.count(spanwise_n_classes);
    std::vector<double> margins(n_rows * n_outputs), answers(n_rows * n_outputs);
    std::vector<std::int32_t> decisions(decides ? n_rows : 0);
    SpanwiseScores scores{};
    scores.margins = margins.data();
    scores.n_margins = margins.size();
    scores.answers = answers.data();
    scores.n_answers = answers.size();
    scores.decisions = decides ? decisions.data() : nullptr;
    scores.n_decisions = decisions.size();
    SpanwiseOptions options{};
    options.n_threads = n_threads;
    options.broken_rows = SPANWISE_LEAVE_OUT;
    check(spanwise_score_columns(bundle.handle, columns.data(), columns.size(), n_rows, &options, &scores));

    std::ofstream out(scores_path, std::ios::binary);
    const std::size_t n_columns = 2 * n_outputs + (decides ? 1 : 0);
    for (std::size_t at = 0; at < n_columns; ++at) out << (at ? "," : "") << bundle.name_of(spanwise_column, at);
    for (std::size_t row = 0; row < n_rows; ++row) {
        out << '\n';
        for (std::size_t at = 0; at < 2 * n_outputs; ++at) {
            if (at) out << ',';
            put(out, at < n_outputs ? margins[row * n_outputs + at] : answers[row * n_outputs + at - n_outputs]);
        }
        if (decides) out << ',';
        if (decides && 0 <= decisions[row]) out << bundle.name_of(spanwise_class, static_cast<std::size_t>(decisions[row]));
    }
    out << '\n';
    if (!out.flush()) throw std::runtime_error(std::string("cannot write ") + scores_path);
}

int main(int argc, char **argv) {
    if (argc < 4 || 5 < argc) {
        std::cerr << "usage: score BUNDLE ROWS.csv SCORES.csv [THREADS]\n";
        return 2;
    }
    try {
        score(argv[1], argv[2], argv[3], argc == 5 ? static_cast<std::uint32_t>(std::strtoul(argv[4], nullptr, 10)) : 1);
    } catch (const std::exception &error) {
        std::cerr << "score: " << error.what() << '\n';
        return 1;
    }
}
