#!/bin/sh
# Makes the two fonts of this folder from Arimo as Debian ships it (fonts-croscore 20201225-1):
# Latin, Greek, Cyrillic, punctuation, currency, arrows, mathematics, blocks; no hints, which no chart needs.
set -eu
from=${1:?the folder with Arimo-Regular.ttf and Arimo-Bold.ttf}
for face in Regular Bold; do
    pyftsubset "$from/Arimo-$face.ttf" --output-file="Arimo-$face.ttf" --no-hinting --desubroutinize \
        --layout-features='kern,mark,mkmk,ccmp,tnum' --name-IDs='*' \
        --unicodes='U+20-7E,U+A0-24F,U+2B0-2FF,U+300-36F,U+370-3FF,U+400-4FF,U+1E00-1EFF,U+2000-206F,U+2070-209F,U+20A0-20BF,U+2100-214F,U+2190-21FF,U+2200-22FF,U+2500-259F,U+25A0-25FF,U+27E8,U+27E9'
done
