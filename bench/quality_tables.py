"""The tables of bench/quality.py: file of ../shared/data, target, task, and the columns that are left out and why.

Half of them (`choose`) may be looked at when defaults are chosen, the other half (`confirm`) only confirms them; the
halves alternate within each kind of table. Rows beyond 50,000, or `ROWS`, are dropped by a seeded draw.
"""
import os

import numpy as np
import pandas as pd

HERE = os.path.dirname(os.path.abspath(__file__))
SHARED = os.environ.get("SPANWISE_SHARED", os.path.join(os.path.dirname(os.path.dirname(HERE)), "shared"))
MAX_ROWS = 50_000


def parquet(*files):
    return pd.concat([pd.read_parquet(f"{SHARED}/data/{file}") for file in files], ignore_index=True)


def csv(*files, **options):
    return pd.concat([pd.read_csv(f"{SHARED}/data/{file}", **options) for file in files], ignore_index=True)


def plain(*files, drop=(), **options):
    return lambda: csv(*files, **options).drop(columns=list(drop))


def telco():
    d = csv("churn/telco_customer_churn.csv").drop(columns="customerID")
    return d.assign(TotalCharges=pd.to_numeric(d.TotalCharges, errors="coerce"))


def marketing():
    d = csv("segments/marketing_campaign.csv", encoding="utf-8-sig")
    d.columns = d.columns.str.strip()
    income = pd.to_numeric(d.Income.str.replace(r"[$, ]", "", regex=True), errors="coerce")
    return d.assign(Income=income, Dt_Customer=days(d.Dt_Customer, "%m/%d/%y")).drop(columns="ID")


def adult():
    names = [f"c{i}" for i in range(14)] + ["income"]
    d = csv("tabular/adult_train.csv.gz", "tabular/adult_test.csv.gz", names=names, skipinitialspace=True, na_values="?")
    return d.assign(income=d.income.str.rstrip("."))


def flights():
    d = csv("tabular/nycflights13/flights.csv.gz")
    d = d[d.arr_delay.notna()]
    keep = ["month", "day", "dep_time", "hour", "minute", "carrier", "origin", "dest", "distance", "flight"]
    return d[keep].assign(late=(15 < d.arr_delay).astype(int))


def bengaluru():
    d = csv("dirty/bengaluru_house_prices.csv.gz")
    sqft = d.total_sqft.str.extract(r"^\s*([0-9.]+)(?:\s*-\s*([0-9.]+))?")
    rooms = pd.to_numeric(d["size"].str.extract(r"([0-9]+)")[0])
    return d.assign(total_sqft=sqft.astype(float).mean(axis=1), rooms=rooms, price=np.log1p(d.price))


def vgsales():
    d = csv("dirty/vgsales.csv.gz", na_values="N/A")
    return d.assign(Global_Sales=np.log1p(d.Global_Sales))[["Platform", "Year", "Genre", "Publisher", "Global_Sales"]]


def rossmann():
    d = parquet("demand/rossmann_open_days.parquet")
    date = pd.to_datetime(d.Date)
    d = d.assign(year=date.dt.year, month=date.dt.month, day=date.dt.day, day_of_year=date.dt.day_of_year)
    return d.drop(columns=["Date", "Customers", "Open"])


def avocado():
    d = csv("demand/avocado_prices.csv.gz", index_col=0)
    return d.assign(month=pd.to_datetime(d.Date).dt.month, Date=days(d.Date, "%Y-%m-%d"))


def taxi():
    d = parquet("drift/green_taxi/green_tripdata_2022-01.parquet")
    start = d.lpep_pickup_datetime
    minutes = (d.lpep_dropoff_datetime - start).dt.total_seconds() / 60
    keep = ["VendorID", "RatecodeID", "PULocationID", "DOLocationID", "passenger_count", "trip_distance", "trip_type"]
    d = d[keep].assign(weekday=start.dt.weekday, hour=start.dt.hour, minutes=minutes)
    d = d[(1 <= minutes) & (minutes <= 120)]
    return d.assign(PULocationID=d.PULocationID.astype(str), DOLocationID=d.DOLocationID.astype(str))


def days(dates, form):
    return (pd.to_datetime(dates, format=form) - pd.Timestamp("2000-01-01")).dt.days


def numbered(n):
    return [f"c{i}" for i in range(n)]


# name: (how it is read, target, task, part, what is left out and why)
TABLES = {
    "telco": (telco, "Churn", "binary", "choose", "customerID is a key"),
    "attrition": (plain("churn/ibm_hr_attrition.csv", drop=["rownames"]), "Attrition", "binary", "confirm", "rownames is an index"),
    "horse_colic": (plain("dirty/horse_colic.csv", names=numbered(28), na_values="?", drop=["c2", "c22", "c24", "c25", "c26", "c27"]), "c23", "binary", "choose",
                    "c2 is a key; c22 (outcome) and c24 to c27 (lesion, pathology) are known after the surgery told by c23"),
    "marketing": (marketing, "Response", "binary", "confirm", "ID is a key"),
    "adult": (adult, "income", "binary", "choose", "nothing"),
    "census_kdd": (lambda: parquet("tabular/census_income_kdd_train.parquet", "tabular/census_income_kdd_test.parquet"), "income_50k", "binary", "confirm", "nothing"),
    "flights": (flights, "late", "binary", "choose", "arr_time, air_time, arr_delay and dep_delay are known after landing or give the answer"),
    "hillstrom": (plain("experiments/hillstrom_email.csv.gz", drop=["conversion", "spend"]), "visit", "binary", "confirm", "conversion and spend follow a visit"),
    "noaa": (plain("drift/noaa_weather.csv.gz"), "target", "binary", "choose", "nothing"),
    "credit": (plain("tabular/credit_card_default.csv.gz", drop=["ID"]), "default.payment.next.month", "binary", "confirm", "ID is a key"),
    "mammography": (plain("tabular/mammography.csv.gz", names=numbered(7)), "c6", "binary", "choose", "nothing"),
    "higgs": (plain("tabular/higgs_small_train.tsv.gz", "tabular/higgs_small_test.tsv", sep="\t", names=numbered(29)), "c0", "binary", "confirm", "nothing"),
    "letters": (plain("tabular/letter_recognition.csv.gz"), "letter", "multiclass", "choose", "nothing"),
    "wine_white": (plain("tabular/wine_quality_white.csv", sep=";"), "quality", "regression", "confirm", "nothing"),
    "bike": (plain("demand/bike_sharing_hour.csv.gz", drop=["instant", "dteday", "casual", "registered"]), "cnt", "regression", "choose",
             "casual + registered is the answer; instant and dteday number the rows"),
    "rossmann": (rossmann, "Sales", "regression", "confirm", "Customers is counted on the day that is told; Open is constant"),
    "vgsales": (vgsales, "Global_Sales", "regression", "choose", "Rank is by the answer, the other sales add up to it, Name is nearly a key; the logarithm is told"),
    "avocado": (avocado, "AveragePrice", "regression", "confirm", "the first column is an index"),
    "bengaluru": (bengaluru, "price", "regression", "choose", "nothing; the logarithm is told"),
    "taxi": (taxi, "minutes", "regression", "confirm", "fares and tips are known at the end"),
    "california": (plain("tabular/california_housing.csv.gz"), "median_house_value", "regression", "choose", "nothing"),
    "automobile": (plain("dirty/automobile_imports.csv", names=numbered(26), na_values="?"), "c25", "regression", "confirm", "nothing"),
}
# Fewer rows than MAX_ROWS, for the time that 26 classes, or many categories, take the slowest.
ROWS = {"letters": 5_000, "adult": 20_000, "census_kdd": 20_000, "hillstrom": 20_000, "credit": 20_000}


def load(name):
    """Features (texts are categories, missing cells are missing), the target as numbers or codes, the task."""
    read, target, task, _, _ = TABLES[name]
    d = read()
    d = d[d[target].notna()].sample(frac=1, random_state=1)[: ROWS.get(name, MAX_ROWS)].reset_index(drop=True)
    y = d.pop(target)
    y = y.to_numpy(np.float64) if task == "regression" else y.astype("category").cat.codes.to_numpy(np.int64)
    d = d.drop(columns=[column for column in d if d[column].nunique() < 2])
    d.columns = [str(column).strip().replace(" ", "_").replace(".", "_") for column in d]
    for column in d:
        is_number = pd.api.types.is_numeric_dtype(d[column])
        d[column] = d[column].astype(np.float64 if is_number else "category")
    return d, y, task
