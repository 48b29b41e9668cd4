"""Five real tables of ../shared/data for the training bench, as the arrays that both sides read.

    python real_sets.py NAME     writes NAME-X.npy, NAME-y.npy and NAME.json to BENCH_CACHE (needs pandas and pyarrow)

Rows are shuffled once by a fixed seed and every fifth row is held out, as `bench_gbm_train.py --csv` does it; texts
become categories, their codes in the order of the alphabet, missing ones -1.
"""
import json, os, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
SHARED = os.environ.get("SPANWISE_SHARED", os.path.join(os.path.dirname(os.path.dirname(HERE)), "shared"))
CACHE = os.environ.get("BENCH_CACHE", os.path.join(tempfile.gettempdir(), "bench-cache"))
NAMES = ("census", "flights", "rossmann", "adult", "letters")


def census(pd, folder):
    parts = [pd.read_parquet(f"{folder}/tabular/census_income_kdd_{part}.parquet") for part in ("train", "test")]
    return pd.concat(parts, ignore_index=True), "income_50k", "binary"


def flights(pd, folder):
    d = pd.read_csv(f"{folder}/tabular/nycflights13/flights.csv.gz")
    d = d[d.arr_delay.notna()]
    keep = [c for c in ("month", "day", "dep_time", "sched_dep_time", "hour", "minute", "carrier", "origin", "dest", "distance", "flight") if c in d]
    return d[keep].assign(late=(d.arr_delay > 15).astype(int)), "late", "binary"


def rossmann(pd, folder):
    d = pd.read_parquet(f"{folder}/demand/rossmann_open_days.parquet")
    days = [c for c in d if pd.api.types.is_datetime64_any_dtype(d[c])]
    # Customers are counted on the day that is to be told.
    return d.drop(columns=days + [c for c in ("Customers", "Date") if c in d and c not in days]), "Sales", "regression"


def adult(pd, folder):
    parts = [pd.read_csv(f"{folder}/tabular/adult_{part}.csv.gz", header=None, skipinitialspace=True, na_values="?") for part in ("train", "test")]
    d = pd.concat(parts, ignore_index=True)
    d.columns = [f"c{i}" for i in range(14)] + ["y"]
    return d.assign(y=d.y.str.rstrip(".")), "y", "binary"


def letters(pd, folder):
    return pd.read_csv(f"{folder}/tabular/letter_recognition.csv.gz"), "letter", "multiclass"


def write(name):
    import numpy as np, pandas as pd
    table, target, task = globals()[name](pd, os.path.join(SHARED, "data"))
    table = table.sample(frac=1, random_state=1).reset_index(drop=True)
    y = table.pop(target)
    y = y.to_numpy(np.float32) if task == "regression" else y.astype("category").cat.codes.to_numpy(np.float32)
    texts = [i for i, c in enumerate(table) if not pd.api.types.is_numeric_dtype(table[c]) or pd.api.types.is_bool_dtype(table[c])]
    for column in table.columns[texts]:
        table[column] = table[column].astype("category").cat.codes
    X = table.to_numpy(np.float32)
    held_out = np.arange(len(X)) % 5 == 4
    os.makedirs(CACHE, exist_ok=True)
    np.save(f"{CACHE}/{name}-X.npy", np.vstack([X[~held_out], X[held_out]]))
    np.save(f"{CACHE}/{name}-y.npy", np.concatenate([y[~held_out], y[held_out]]))
    known = [int((~held_out).sum()), int(held_out.sum()), task, texts]
    with open(f"{CACHE}/{name}.json", "w") as file:
        json.dump(known, file)


if __name__ == "__main__":
    for name in sys.argv[1:] or NAMES:
        write(name)
