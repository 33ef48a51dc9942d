{{- /* SPDX-License-Identifier: MIT */ -}}

{{- /* The pod of the CronJob and of the test. Takes a dict: root, args. */ -}}
{{- define "kasten-alerter.pod" -}}
{{- $root := .root -}}
{{- $args := .args -}}
{{- $files := include "kasten-alerter.files" $root | trim -}}
{{- with $root -}}
metadata:
  labels:
    {{- toYaml (mergeOverwrite (deepCopy .Values.podLabels) (include "kasten-alerter.labels" . | fromYaml)) | nindent 4 }}
  {{- with .Values.podAnnotations }}
  annotations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
spec:
  restartPolicy: Never
  serviceAccountName: {{ include "kasten-alerter.serviceAccountName" . }}
  automountServiceAccountToken: {{ include "kasten-alerter.usesToken" . }}
  enableServiceLinks: false
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.podSecurityContext }}
  securityContext:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: alerter
      image: {{ include "kasten-alerter.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      {{- with $args }}
      args:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- $settings := include "kasten-alerter.settings" . }}
      {{- if or $settings .Values.extraEnvFrom }}
      envFrom:
        {{- with .Values.extraEnvFrom }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
        {{- if $settings }}
        - configMapRef:
            name: {{ include "kasten-alerter.fullname" . }}-settings
        {{- end }}
      {{- end }}
      {{- with .Values.extraEnv }}
      env:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.resources }}
      resources:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      {{- with .Values.securityContext }}
      securityContext:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      terminationMessagePolicy: FallbackToLogsOnError
      {{- if or $files .Values.extraVolumeMounts }}
      volumeMounts:
        {{- if $files }}
        - name: files
          mountPath: {{ include "kasten-alerter.folder" . }}
          readOnly: true
        {{- end }}
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- end }}
  {{- if or $files .Values.extraVolumes }}
  volumes:
    {{- if $files }}
    - name: files
      projected:
        # Readable by any user: OpenShift chooses which one the pod is.
        defaultMode: 0444
        sources:
          {{- $files | nindent 10 }}
    {{- end }}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  {{- with .Values.hostAliases }}
  hostAliases:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.dnsPolicy }}
  dnsPolicy: {{ . }}
  {{- end }}
  {{- with .Values.dnsConfig }}
  dnsConfig:
    {{- toYaml . | nindent 4 }}
  {{- end }}
{{- end -}}
{{- end -}}
