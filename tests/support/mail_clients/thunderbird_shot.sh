#!/bin/bash
# SPDX-License-Identifier: MIT
# Shows a mail as Thunderbird does: thunderbird_shot.sh MAIL.eml OUT.png [dark]
# Environment: SHOT_SIZE=1000x1400 (the window), SHOT_SECONDS=60 (limit for everything).
# Its own X server, home and profile; the mail program can reach no network. Needs Debian's
# thunderbird, xvfb, xdotool and imagemagick.
set -eu

if [ $# -lt 2 ] || [ ! -r "$1" ]; then
    echo "usage: thunderbird_shot.sh MAIL.eml OUT.png [dark]" >&2
    exit 64
fi
mail=$(realpath "$1")
out=$(realpath -m "$2")
scheme=${3:-light}
size=${SHOT_SIZE:-1000x1400}
deadline=$((SECONDS + ${SHOT_SECONDS:-60}))
for program in thunderbird Xvfb xdotool /usr/bin/import setsid; do
    command -v "$program" >/dev/null || { echo "thunderbird_shot.sh: no $program" >&2; exit 69; }
done

work=$(mktemp -d /tmp/kasten-thunderbird-XXXXXX)
started=()
finish() {
    # Each was started as the leader of its own session, so its group is all of it.
    for pid in "${started[@]}"; do
        kill -TERM -- "-$pid" 2>/dev/null || true
    done
    for pid in "${started[@]}"; do
        for _ in 1 2 3 4 5 6 7 8 9 10; do
            kill -0 -- "-$pid" 2>/dev/null || break
            sleep 0.2
        done
        kill -KILL -- "-$pid" 2>/dev/null || true
        wait "$pid" 2>/dev/null || true
    done
    rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

fail() {
    echo "thunderbird_shot.sh: $1" >&2
    exit 1
}

pause() {
    [ "$SECONDS" -lt "$deadline" ] || fail "$1"
    sleep 0.1
}

profile=$work/profile
mkdir -p "$profile" "$work/home" "$work/runtime"
chmod 700 "$work/runtime"
dark=0
theme=thunderbird-compact-light@mozilla.org
if [ "$scheme" = dark ]; then
    dark=1
    theme=thunderbird-compact-dark@mozilla.org
fi
cat >"$profile/user.js" <<PREFS
user_pref("mail.accountmanager.accounts", "account1");
user_pref("mail.accountmanager.localfoldersserver", "server1");
user_pref("mail.account.account1.server", "server1");
user_pref("mail.server.server1.hostname", "Local Folders");
user_pref("mail.server.server1.name", "Local Folders");
user_pref("mail.server.server1.type", "none");
user_pref("mail.server.server1.userName", "nobody");
user_pref("mail.server.server1.directory-rel", "[ProfD]Mail/Local Folders");
user_pref("mail.provider.suppress_dialog_on_startup", true);
user_pref("mail.spotlight.firstRunDone", true);
user_pref("mail.winsearch.firstRunDone", true);
user_pref("mail.shell.checkDefaultClient", false);
user_pref("mail.rights.version", 1);
user_pref("mailnews.start_page.enabled", false);
user_pref("mailnews.start_page_override.mstone", "ignore");
user_pref("browser.aboutwelcome.enabled", false);
user_pref("app.donation.eoy.version.viewed", 99);
user_pref("app.update.enabled", false);
user_pref("app.update.auto", false);
user_pref("app.normandy.enabled", false);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("datareporting.policy.dataSubmissionPolicyBypassNotification", true);
user_pref("datareporting.healthreport.uploadEnabled", false);
user_pref("toolkit.telemetry.enabled", false);
user_pref("extensions.update.enabled", false);
user_pref("extensions.getAddons.cache.enabled", false);
user_pref("services.settings.server", "http://127.0.0.1:9/");
user_pref("mail.inappnotifications.enabled", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("network.proxy.type", 1);
user_pref("network.proxy.http", "127.0.0.1");
user_pref("network.proxy.http_port", 9);
user_pref("network.proxy.ssl", "127.0.0.1");
user_pref("network.proxy.ssl_port", 9);
user_pref("extensions.activeThemeID", "$theme");
user_pref("ui.systemUsesDarkTheme", $dark);
user_pref("ui.caretBlinkTime", 0);
user_pref("ui.prefersReducedMotion", 1);
PREFS

mkfifo "$work/display"
setsid Xvfb -displayfd 3 -screen 0 "${size}x24" -nolisten tcp 3>"$work/display" \
    >"$work/xvfb.log" 2>&1 &
started+=($!)
read -r -t 10 number <"$work/display" || fail "Xvfb does not start: $(tail -3 "$work/xvfb.log")"
export DISPLAY=:$number
unset DBUS_SESSION_BUS_ADDRESS WAYLAND_DISPLAY
HOME=$work/home XDG_RUNTIME_DIR=$work/runtime MOZ_CRASHREPORTER_DISABLE=1 GDK_BACKEND=x11 \
    NO_AT_BRIDGE=1 setsid thunderbird --profile "$profile" --no-remote "$mail" \
    >"$work/thunderbird.log" 2>&1 &
started+=($!)

# The mail has a window of its own, named by its subject; the program's main window comes with it.
find_window() {
    local one name
    for one in $(xdotool search --onlyvisible --name ' - Mozilla Thunderbird$' 2>/dev/null); do
        name=$(xdotool getwindowname "$one" 2>/dev/null) || continue
        case $name in
            'Local Folders - Mozilla Thunderbird' | 'Home - Mozilla Thunderbird') ;;
            *) echo "$one" && return ;;
        esac
    done
}

window=
while [ -z "$window" ]; do
    pause "Thunderbird shows no window: $(tail -3 "$work/thunderbird.log")"
    window=$(find_window)
done
xdotool windowmove "$window" 0 0 windowsize "$window" "${size%x*}" "${size#*x}" || true
# Away from everything that lights up under the pointer.
xdotool mousemove "$((${size%x*} - 1))" "$((${size#*x} - 1))" || true

# Ready is when three pictures in a row, half a second apart, are the same and not the empty window.
previous=
same=0
while [ "$same" -lt 3 ]; do
    pause "the window does not come to rest"
    sleep 0.5
    /usr/bin/import -silent -window "$window" "$work/shot.ppm" 2>/dev/null || continue
    current=$(md5sum <"$work/shot.ppm")
    if [ "$current" = "$previous" ]; then
        same=$((same + 1))
    else
        same=0
        previous=$current
    fi
done
/usr/bin/import -silent -window "$window" "$out"
