using System.Text.Json;
using Binlog.Service.Configuration.Loading;
using Binlog.Service.Configuration.Settings;
using Binlog.Service.Drainer.Applying;

namespace Binlog.Service.Drainer.Tuning;

/// <summary>Reads the JSON of a change of settings. Ranges and messages are those of the configuration.</summary>
internal static class LimitsRequest
{
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    /// <summary>Reads a request.</summary>
    /// <param name="json">An object with some of the settings.</param>
    /// <param name="current">What is in effect; what the request doesn't name stays so.</param>
    /// <param name="errors">Everything that is wrong with it; empty when it is right.</param>
    /// <returns>The limits; <paramref name="current"/> when something is wrong.</returns>
    public static ApplyLimits Read(ReadOnlyMemory<byte> json, ApplyLimits current, out IReadOnlyList<string> errors)
    {
        var found = new List<string>();
        errors = found;
        try
        {
            using JsonDocument document = JsonDocument.Parse(json, Strict);
            return document.RootElement.ValueKind == JsonValueKind.Object
                ? Read(document.RootElement, current, found)
                : Refuse(found, current, $"found {document.RootElement.ValueKind}");
        }
        catch (JsonException exception)
        {
            return Refuse(found, current, $"not valid JSON: {exception.Message}");
        }
    }

    private static ApplyLimits Read(JsonElement request, ApplyLimits current, List<string> errors)
    {
        ApplyLimits limits = current;
        int count = 0;
        foreach (JsonProperty property in request.EnumerateObject())
        {
            count++;
            if (ApplySettings.Tunable.FirstOrDefault(setting => setting.Name == property.Name) is not { } setting)
            {
                string known = string.Join(", ", ApplySettings.Tunable.Select(setting => setting.Name));
                string nearest = EditDistance.Nearest(property.Name, ApplySettings.Tunable.Select(setting => setting.Name)) is { } near ? $"Did you mean {near}? " : "";
                errors.Add($"{property.Name}: it can't be changed at run time. {nearest}There are: {known}.");
            }
            else if (setting.TryRead(RawOf(property), out object? value, out string? problem))
            {
                limits = With(limits, setting, (int)(long)value!);
            }
            else
            {
                string hint = problem is null ? "" : $" {char.ToUpperInvariant(problem[0])}{problem.AsSpan(1)}.";
                errors.Add($"{setting.Name}: found {RawOf(property).Describe(secret: false)}, expected {setting.Expected}.{hint}");
            }
        }

        return count == 0 ? Refuse(errors, current, "found none of them") : errors.Count == 0 ? limits : current;
    }

    private static ApplyLimits Refuse(List<string> errors, ApplyLimits current, string found)
    {
        errors.Add($"the request: {found}, expected an object with some of {string.Join(", ", ApplySettings.Tunable.Select(setting => setting.Name))}, such as {{\"workers\":8}}.");
        return current;
    }

    private static ApplyLimits With(ApplyLimits limits, Setting setting, int value) =>
        setting == ApplySettings.Workers ? limits.WithWorkers(value)
        : setting == ApplySettings.BatchTransactions ? limits with { Transactions = value }
        : limits with { Rows = value };

    private static RawValue RawOf(JsonProperty property) => new(
        property.Name,
        property.Value.ValueKind switch
        {
            JsonValueKind.Object => RawKind.Section,
            JsonValueKind.Array => RawKind.Array,
            JsonValueKind.String => RawKind.String,
            JsonValueKind.Number => RawKind.Number,
            JsonValueKind.Null => RawKind.Null,
            _ => RawKind.Boolean,
        },
        property.Value.ValueKind == JsonValueKind.String ? property.Value.GetString()! : property.Value.GetRawText(),
        new SettingOrigin("request", ""));
}
