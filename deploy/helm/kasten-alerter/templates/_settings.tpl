{{- /* SPDX-License-Identifier: MIT */ -}}

{{- define "kasten-alerter.folder" -}}/etc/kasten-alerter{{- end -}}

{{- /* The clusters by name, without those taken away by null. */ -}}
{{- define "kasten-alerter.clusters" -}}
{{- $clusters := dict -}}
{{- range $name, $cluster := .Values.clusters -}}
{{- if not (kindIs "invalid" $cluster) -}}
{{- $_ := set $clusters $name $cluster -}}
{{- end -}}
{{- end -}}
{{- toYaml $clusters -}}
{{- end -}}

{{- /* Not empty when a cluster is the one that the alerter runs in. */ -}}
{{- define "kasten-alerter.inCluster" -}}
{{- range $name, $cluster := include "kasten-alerter.clusters" . | fromYaml -}}
{{- if $cluster.inCluster -}}yes{{- end -}}
{{- end -}}
{{- end -}}

{{- /* Namespace of the record of what was sent where the pod's own account writes it, else empty. */ -}}
{{- define "kasten-alerter.stateNamespace" -}}
{{- $state := .Values.state -}}
{{- if or (not $state) (eq $state "configmap") -}}
{{- include "kasten-alerter.namespace" . -}}
{{- else if hasPrefix "configmap:" $state -}}
{{- $parts := splitn "/" 2 (trimPrefix "configmap:" $state) -}}
{{- $cluster := get (include "kasten-alerter.clusters" . | fromYaml) $parts._0 -}}
{{- if and $cluster $cluster.inCluster -}}
{{- default (include "kasten-alerter.namespace" .) $parts._1 -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "kasten-alerter.usesClusterRole" -}}
{{- if and .Values.rbac.create (or (eq .Values.rbac.clusterRole "always")
      (and (eq .Values.rbac.clusterRole "auto") (include "kasten-alerter.inCluster" .))) -}}yes{{- end -}}
{{- end -}}

{{- define "kasten-alerter.usesToken" -}}
{{- if or (include "kasten-alerter.inCluster" .) (include "kasten-alerter.stateNamespace" .)
      (eq .Values.rbac.clusterRole "always") -}}true{{- else -}}false{{- end -}}
{{- end -}}

{{- /* Values that contradict each other, one a line; nothing may be rendered then. */ -}}
{{- define "kasten-alerter.contradictions" -}}
{{- if and .Values.smtp.ca .Values.smtp.caConfigMap.name }}
smtp: ca and caConfigMap are both set
{{- end -}}
{{- range $name, $cluster := include "kasten-alerter.clusters" . | fromYaml -}}
{{- if and $cluster.token (or $cluster.existingSecret $cluster.tokenKey) }}
clusters.{{ $name }}: token is set, and existingSecret or tokenKey too
{{- end -}}
{{- if and $cluster.caData (dig "caConfigMap" "name" "" $cluster) }}
clusters.{{ $name }}: caData and caConfigMap are both set
{{- end -}}
{{- end -}}
{{- end -}}

{{- /* The environment of the pod, but for secrets: NAME to text. */ -}}
{{- define "kasten-alerter.settings" -}}
{{- $v := .Values -}}
{{- $files := include "kasten-alerter.folder" . -}}
{{- $all := dict
  "SMTP_HOST" $v.smtp.host "SMTP_PORT" $v.smtp.port "SMTP_TLS" $v.smtp.tls "SMTP_USER" $v.smtp.user
  "SMTP_AUTH" $v.smtp.auth "SMTP_TIMEOUT" $v.smtp.timeout
  "SMTP_ALLOW_PLAINTEXT" (ternary "true" "" $v.smtp.allowPlaintext)
  "ALERT_FROM" $v.mail.from "ALERT_SUBJECT_PREFIX" $v.mail.subjectPrefix
  "ALERT_TIMEZONE" $v.mail.timezone "LOOKBACK_HOURS" $v.lookbackHours
  "ALERT_KINDS" (join "," $v.alertKinds) "ALERT_ON" (join "," $v.alertOn)
  "ALERT_EVERY_RUN" $v.alertEveryRun "REMIND_EVERY" $v.remindEvery
  "UNREACHABLE_AFTER" $v.unreachableAfter "STATE" $v.state "MAX_CONCURRENCY" $v.maxConcurrency
  "REQUEST_TIMEOUT" $v.requestTimeout "LOG_FORMAT" $v.logFormat "LOG_LEVEL" $v.logLevel -}}
{{- $_ := set $all "ALERT_TO" (kindIs "slice" $v.mail.to | ternary (join "; " $v.mail.to) $v.mail.to) -}}
{{- if or $v.smtp.ca $v.smtp.caConfigMap.name -}}
{{- $_ := set $all "SMTP_CA_FILE" (printf "%s/smtp-ca.crt" $files) -}}
{{- end -}}
{{- if or $v.smtp.password (and $v.smtp.user $v.existingSecret) -}}
{{- $_ := set $all "SMTP_PASSWORD_FILE" (printf "%s/smtp-password" $files) -}}
{{- end -}}
{{- $number := 0 -}}
{{- range $name, $c := include "kasten-alerter.clusters" . | fromYaml -}}
{{- $number = add1 $number -}}
{{- $key := printf "CLUSTER_%d_" $number -}}
{{- $one := dict
  "NAME" $name "LABEL" $c.label "API_URL" $c.apiUrl "CA_DATA" $c.caData
  "TLS_SERVER_NAME" $c.tlsServerName "K10_NAMESPACE" $c.k10Namespace "DASHBOARD_URL" $c.dashboardUrl
  "IN_CLUSTER" (ternary "true" "" (default false $c.inCluster))
  "INSECURE_SKIP_TLS_VERIFY" (ternary "true" "" (default false $c.insecureSkipTlsVerify)) -}}
{{- if include "kasten-alerter.tokenSecret" (list $ $name $c) -}}
{{- $_ := set $one "TOKEN_FILE" (printf "%s/token-%s" $files $name) -}}
{{- end -}}
{{- if dig "caConfigMap" "name" "" $c -}}
{{- $_ := set $one "CA_FILE" (printf "%s/ca-%s.crt" $files $name) -}}
{{- end -}}
{{- range $word, $value := $one -}}
{{- $_ := set $all (print $key $word) $value -}}
{{- end -}}
{{- end -}}
{{- range $name, $value := $v.extraSettings -}}
{{- if hasKey $all $name -}}
{{- if get $all $name -}}
{{- fail (printf "extraSettings.%s: a value of the chart sets it too" $name) -}}
{{- end -}}
{{- end -}}
{{- $_ := set $all $name $value -}}
{{- end -}}
{{- $texts := dict -}}
{{- range $name, $value := $all -}}
{{- if not (or (kindIs "invalid" $value) (eq (toString $value) "")) -}}
{{- $_ := set $texts $name (toString $value) -}}
{{- end -}}
{{- end -}}
{{- if $texts -}}
{{- toYaml $texts -}}
{{- end -}}
{{- end -}}

{{- /* The Secret that holds a cluster's token; empty: there is none. Takes (root, name, cluster). */ -}}
{{- define "kasten-alerter.tokenSecret" -}}
{{- $root := index . 0 -}}{{- $c := index . 2 -}}
{{- if $c.token -}}
{{- include "kasten-alerter.fullname" $root }}-credentials
{{- else if $c.existingSecret -}}
{{- $c.existingSecret -}}
{{- else if and $root.Values.existingSecret (or (not $c.inCluster) $c.tokenKey) -}}
{{- $root.Values.existingSecret -}}
{{- end -}}
{{- end -}}

{{- /* Secrets given as values: key to text. */ -}}
{{- define "kasten-alerter.credentials" -}}
{{- $all := dict -}}
{{- if .Values.smtp.password -}}
{{- $_ := set $all "SMTP_PASSWORD" .Values.smtp.password -}}
{{- end -}}
{{- range $name, $c := include "kasten-alerter.clusters" . | fromYaml -}}
{{- if $c.token -}}
{{- $_ := set $all (printf "TOKEN_%s" $name) $c.token -}}
{{- end -}}
{{- end -}}
{{- if $all -}}
{{- toYaml $all -}}
{{- end -}}
{{- end -}}

{{- /* The files that the settings name: sources of one projected volume. */ -}}
{{- define "kasten-alerter.files" -}}
{{- $root := . -}}
{{- $v := .Values -}}
{{- $own := printf "%s-credentials" (include "kasten-alerter.fullname" .) -}}
{{- if $v.smtp.password }}
- secret:
    name: {{ $own }}
    items: [{key: SMTP_PASSWORD, path: smtp-password}]
{{- else if and $v.smtp.user $v.existingSecret }}
- secret:
    name: {{ $v.existingSecret }}
    items: [{key: {{ $v.smtp.passwordKey | quote }}, path: smtp-password}]
{{- end }}
{{- if $v.smtp.ca }}
- configMap:
    name: {{ include "kasten-alerter.fullname" . }}-ca
    items: [{key: ca.crt, path: smtp-ca.crt}]
{{- else if $v.smtp.caConfigMap.name }}
- configMap:
    name: {{ $v.smtp.caConfigMap.name }}
    items: [{key: {{ $v.smtp.caConfigMap.key | quote }}, path: smtp-ca.crt}]
{{- end }}
{{- range $name, $c := include "kasten-alerter.clusters" . | fromYaml }}
{{- with include "kasten-alerter.tokenSecret" (list $root $name $c) }}
- secret:
    name: {{ . }}
    items: [{key: {{ default (printf "TOKEN_%s" $name) $c.tokenKey | quote }}, path: {{ printf "token-%s" $name | quote }}}]
{{- end }}
{{- if dig "caConfigMap" "name" "" $c }}
- configMap:
    name: {{ $c.caConfigMap.name }}
    items: [{key: {{ dig "caConfigMap" "key" "ca.crt" $c | quote }}, path: {{ printf "ca-%s.crt" $name | quote }}}]
{{- end }}
{{- end }}
{{- end -}}

{{- /* What a pass still needs, one a line. Empty too when settings come from elsewhere. */ -}}
{{- define "kasten-alerter.missing" -}}
{{- $v := .Values -}}
{{- if not (or $v.extraEnvFrom $v.extraEnv $v.extraSettings) -}}
{{- if not $v.smtp.host }}
  smtp.host        the mail server
{{- end -}}
{{- if not $v.mail.from }}
  mail.from        sender of the mail
{{- end -}}
{{- if not $v.mail.to }}
  mail.to          recipients
{{- end -}}
{{- if and $v.smtp.user (not (or $v.smtp.password $v.existingSecret)) }}
  existingSecret   with the password of smtp.user (or smtp.password)
{{- end -}}
{{- $clusters := include "kasten-alerter.clusters" . | fromYaml -}}
{{- if not $clusters }}
  clusters.NAME    a cluster to watch: inCluster, or apiUrl and a token
{{- end -}}
{{- range $name, $c := $clusters -}}
{{- if not (or $c.inCluster $c.apiUrl) }}
  clusters.{{ $name }}.apiUrl   its API server (or inCluster)
{{- end -}}
{{- if not (or $c.inCluster (include "kasten-alerter.tokenSecret" (list $ $name $c))) }}
  existingSecret   with the token of {{ $name }} (or clusters.{{ $name }}.token)
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
