//! What people and clients write by hand.

use super::Seed;

pub(super) fn plain() -> Vec<Seed> {
    let texts: [(&str, &str, &str); 24] = [
        (
            "libsvm",
            "rows",
            "1 0:1.5 1:2\n0 0:-3\n\n# note\n1 1:7 0:2.5 # end\n",
        ),
        (
            "head",
            "predict",
            "POST /v1/models/churn:predict?reasons=2&decision=true\nhost: localhost\ncontent-type: text/csv; charset=utf-8\naccept: application/json;q=0.5, text/csv\naccept-encoding: gzip\nx-request-id: r1\n\ncontract\nmonthly\n",
        ),
        (
            "head",
            "metadata",
            "GET /v2/models/churn/versions/1\nhost: [::1]:8080\norigin: http://localhost\naccept: */*\n\n",
        ),
        (
            "head",
            "openapi",
            "GET /openapi.json\nhost: 127.0.0.1\nif-none-match: \"x\"\n\n",
        ),
        ("head", "metrics", "GET /metrics\nhost: localhost\n\n"),
        (
            "head",
            "invocations",
            "POST /invocations\nhost: localhost\ncontent-type: application/x-npy\naccept: application/vnd.apache.parquet\nx-amzn-sagemaker-custom-attributes: a=b\n\nx",
        ),
        (
            "head",
            "repository",
            "POST /v2/repository/models/churn/load\nhost: localhost\nx-api-key: k\n\n{}",
        ),
        (
            "head",
            "index",
            "POST /v2/repository/index\nhost: localhost\n\n{\"ready\":true}",
        ),
        (
            "plain_head",
            "post",
            "POST /v1/models/churn:predict?reasons=2 HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n{}",
        ),
        (
            "plain_head",
            "get",
            "GET /v2/models/churn%201 HTTP/1.1\r\nhost: [::1]:8080\r\nx-many: 1\r\nx-many:\t2 \r\n\r\n",
        ),
        (
            "plain_head",
            "lines",
            "\r\n\nGET /metrics#a HTTP/1.1\nhost: localhost\nconnection: close\ncontent-length: 0\n\n",
        ),
        (
            "token",
            "signed",
            "{\"alg\":\"EdDSA\",\"kid\":\"k\"}\n\n{\"iss\":\"https://issuer.example\",\"aud\":[\"spanwise\",\"b\"],\"exp\":1700001000,\"nbf\":1699990000,\"spanwise_models\":[\"churn\"]}",
        ),
        (
            "token",
            "all",
            "{\"alg\":\"EdDSA\"}\n\n{\"iss\":\"https://issuer.example\",\"aud\":\"spanwise\",\"exp\":1.8e9,\"spanwise_models\":\"*\"}",
        ),
        ("token", "none", "eyJhbGciOiJub25lIn0.e30."),
        (
            "keys_file",
            "two",
            "[[key]]\nname = \"a\"\nblake3 = \"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"\nmodels = [\"churn\"]\nexpires = \"2027-01-31\"\n\n[[key]]\nname = \"b\"\nblake3 = \"ff112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"\nmodels = [\"*\"]\nadmin = true\n",
        ),
        (
            "key_set",
            "rsa",
            "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"r\",\"alg\":\"RS256\",\"n\":\"u1SU1LfVLPHCozMxH2Mo\",\"e\":\"AQAB\"},{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU\",\"y\":\"x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0\"}]}",
        ),
        (
            "expression",
            "case",
            "CASE WHEN price > 10 AND NOT is THEN lower(name) WHEN city LIKE 'B%' THEN 'b' ELSE city || 'x' END",
        ),
        (
            "expression",
            "numbers",
            "coalesce(-price / (n - 3), abs(n) % 2, 1e3) + CAST('4' AS DOUBLE)",
        ),
        (
            "expression",
            "dates",
            "day + 1 IN (day, NULL) OR seen IS NOT NULL",
        ),
        (
            "expression",
            "functions",
            "round(sqrt(abs(price)), 2) + length(trim(name)) + extract(month FROM day)",
        ),
        (
            "contract",
            "rules",
            "{\"columns\":[{\"column\":\"price\",\"rule\":{\"min\":0.5},\"action\":\"refuse\",\"declared\":true},{\"column\":\"city\",\"rule\":{\"one_of\":[\"Oslo\"]},\"action\":\"flag\",\"declared\":false},{\"column\":\"name\",\"rule\":{\"matches\":\"[a-z]+|Ü\"},\"action\":\"default\",\"declared\":true},{\"column\":\"n\",\"rule\":\"required\",\"action\":\"quarantine\",\"declared\":true},{\"column\":\"n\",\"rule\":{\"kind\":\"integer\"},\"action\":\"flag\",\"declared\":true}],\"table\":[{\"null_share\":{\"column\":\"price\",\"at_most\":0.1}},{\"unique\":{\"column\":\"name\"}},{\"min_rows\":2},{\"fresh\":{\"column\":\"day\",\"within_s\":60}}]}",
        ),
        (
            "project_file",
            "whole",
            "[project]\nname = \"x\"\nseed = 7\n[data.a]\nsource = \"a.csv\"\nkey = \"id\"\n[data.b]\nsql = \"SELECT * FROM a WHERE n > 0\"\n[expect.a]\nn = { min = 0, max = 120 }\nc = { one_of = [\"x\", \"y\"] }\n[question.q]\nask = \"why?\"\noutcome = \"y\"\nby = \"c\"\n[model.m]\ntask = \"classification\"\ndata = \"b\"\ntarget = \"y\"\npositive = \"yes\"\nbudget = \"60s\"\ndecide = { gain = 120, cost = 15 }\n[model.m.features]\nbilled = \"n * 2\"\n[report.m]\ntitle = \"T\"\n[service.m]\nmodel = \"m@champion\"\n[monitor.m]\nwindow = \"1d\"\nfalse_alarms = \"1 per 12 weeks\"\n",
        ),
        (
            "project_file",
            "sources",
            "[project]\nmemory = \"2GB\"\n[data.d]\nsource = \"postgres://user@host/db?table=t\"\npassword = \"${PASSWORD}\"\n[data.s]\nsource = [\"s3://bucket/a.parquet\", \"*.csv\"]\n",
        ),
        (
            "project_file",
            "wrong",
            "[model.x]\ntarget = 3\ntrget = \"y\"\n[mdel.y]\n",
        ),
    ];
    let bytes =
        |(target, name, text): (&'static str, &'static str, &str)| (target, name, text.as_bytes().to_vec());
    texts.map(bytes).to_vec()
}
