# check_base_images FILE: every image that a Dockerfile takes something from is on the platform team's list, or the build ends here.
# What cannot be read is refused: a build argument without a default, a frontend of its own, another escape character.
# Docker reads flags without quotes and escapes, their keys in any case, and what ONBUILD says when a later stage builds on this one.
# Sources: https://docs.docker.com/reference/dockerfile/#parser-directives and the parsers in https://github.com/moby/buildkit/tree/master/frontend/dockerfile
check_base_images() {
  local file=$1 wrong=0 image pattern allowed
  local -a patterns
  read -r -a patterns <<<"$ESPALIER_BASE_IMAGES"
  while IFS= read -r image; do
    allowed=no
    for pattern in "${patterns[@]}"; do
      # shellcheck disable=SC2053 # the pattern is one
      [[ $image == $pattern ]] && allowed=yes
    done
    if [ "$allowed" = no ]; then
      printf '%s builds on %q, which is not on the list of base images. Allowed are: %s.\n' "$file" "$image" "${patterns[*]}"
      wrong=1
    fi
  done < <(images_of "$file")
  [ "$wrong" = 0 ] || {
    echo 'Build on one of these, or ask the platform team to add yours to builds.baseImages.'
    return 1
  }
}

# images_of FILE: names of all images outside the Dockerfile itself, with defaults of build arguments put in.
images_of() {
  awk '
    function words(line) { n = split(line, word, /[ \t]+/) }
    function resolve(name,   key) {
      if (match(name, /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/)) key = substr(name, 3, length(name) - 3)
      else if (match(name, /^\$[A-Za-z_][A-Za-z0-9_]*$/)) key = substr(name, 2)
      else return name
      return (key in argument) ? argument[key] : name
    }
    function name_image(name) {
      name = resolve(name)
      gsub(/^["\047]|["\047]$/, "", name)
      if (!(tolower(name) in stage) && name !~ /^[0-9]+$/) print name
    }
    { sub(/\r$/, "") }
    NR == 1 { sub(/^\357\273\277/, "") }
    tolower($0) ~ /^[ \t]*(#|\/\/)[ \t]*syntax[ \t]*=/ { sub(/^[^=]*=[ \t]*/, ""); print; next }
    tolower($0) ~ /^[ \t]*(#|\/\/)[ \t]*escape[ \t]*=/ && !/=[ \t]*\\[ \t]*$/ { print; next }
    # Settings as JSON, which begin the file.
    !begun && /^[ \t]*\{/ { print; next }
    /^[ \t]*#/ { next }
    { line = line $0; if (sub(/\\[ \t]*$/, " ", line)) next }
    {
      sub(/^[ \t]+/, "", line)
      words(line)
      while (toupper(word[1]) == "ONBUILD") {
        sub(/^[^ \t]+[ \t]+/, "", line)
        words(line)
      }
      instruction = toupper(word[1])
      if (instruction == "ARG" && !begun) {
        for (i = 2; i <= n; i++) {
          split(word[i], pair, "=")
          if (!index(word[i], "=")) continue
          value = substr(word[i], length(pair[1]) + 2)
          gsub(/^["\047]|["\047]$/, "", value)
          argument[pair[1]] = value
        }
      }
      if (instruction == "FROM") {
        begun = 1
        i = 2
        while (word[i] ~ /^--/) i++
        name_image(word[i])
        if (tolower(word[i + 1]) == "as") stage[tolower(word[i + 2])] = 1
      } else if (instruction == "COPY" || instruction == "ADD" || instruction == "RUN") {
        # Text of the Dockerfile whose end could be taken for a line that goes on.
        if (match(line, /<<-?[^ \t]*\\[^ \t]*/)) print substr(line, RSTART, RLENGTH)
        rest = line
        gsub(/["\047\\]/, "", rest)
        while (match(rest, /(--|[,=])[ \t]*[Ff][Rr][Oo][Mm]=[^, \t]+/)) {
          name = substr(rest, RSTART, RLENGTH)
          rest = substr(rest, RSTART + RLENGTH)
          sub(/^(--|[,=])[ \t]*[A-Za-z]+=/, "", name)
          name_image(name)
        }
      }
      line = ""
    }
  ' "$1"
}
