using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Configuration.Importing;

/// <summary>Collects what a file of the original becomes. Nothing gets in that our loader would refuse, missing files excepted.</summary>
/// <param name="role">Which program the file configures.</param>
/// <param name="baseDirectory">Directory that relative paths of the new file begin at.</param>
internal sealed class ImportTarget(OriginalRole role, string baseDirectory)
{
    private static readonly JsonSerializerOptions Readable = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<ImportedSetting> _settings = [];
    private readonly List<ImportNote> _notes = [];

    public IReadOnlyList<ImportedSetting> Settings => _settings;

    public IReadOnlyList<ImportNote> Notes => _notes;

    /// <summary>Our section of the role.</summary>
    public string Section => role == OriginalRole.Pump ? PumpSettings.Section : DrainerSettings.Section;

    /// <summary>Whether a key of ours has been set.</summary>
    public bool Has(string path) => _settings.Any(setting => setting.Path == path);

    /// <summary>Sets a text.</summary>
    public void Set(string path, string text, OriginalValue from) =>
        Add(path, new RawValue(path, RawKind.String, text, Origin), JsonSerializer.Serialize(text, Readable), from);

    /// <summary>Sets a number.</summary>
    public void Set(string path, decimal number, OriginalValue from)
    {
        string text = number.ToString(CultureInfo.InvariantCulture);
        Add(path, new RawValue(path, RawKind.Number, text, Origin), text, from);
    }

    /// <summary>Sets a switch.</summary>
    public void Set(string path, bool isOn, OriginalValue from)
    {
        string text = isOn ? "true" : "false";
        Add(path, new RawValue(path, RawKind.Boolean, text, Origin), text, from);
    }

    /// <summary>Sets a list of texts.</summary>
    public void Set(string path, IReadOnlyList<string> texts, OriginalValue from) =>
        Add(path, new RawValue(path, RawKind.Array, "", Origin) { Items = texts }, JsonSerializer.Serialize(texts, Readable), from);

    /// <summary>Sets a path.</summary>
    public void SetPath(string path, OriginalValue from)
    {
        string file = from.Value.AsText();
        if (!Path.IsPathRooted(file))
        {
            LookAt(path, $"\"{file}\" begins at the new file's directory ({baseDirectory}); in the original it began at the working directory.");
        }

        Set(path, file, from);
    }

    public void Converted(OriginalValue from, string text) => _notes.Add(new ImportNote(ImportNoteKind.Converted, from.ToString(), text));

    public void Dropped(OriginalValue from, string reason) => _notes.Add(new ImportNote(ImportNoteKind.Dropped, from.ToString(), reason));

    public void Unknown(OriginalValue from) => _notes.Add(new ImportNote(ImportNoteKind.Unknown, from.ToString(), "tidb-binlog has no such key and does not start with it."));

    public void LookAt(string subject, string advice) => _notes.Add(new ImportNote(ImportNoteKind.LookAt, subject, advice));

    /// <summary>Takes keys of ours out again.</summary>
    public void Remove(params IEnumerable<string> paths)
    {
        foreach (string path in paths)
        {
            _settings.RemoveAll(setting => setting.Path == path);
        }
    }

    private SettingOrigin Origin => new("import", baseDirectory);

    private void Add(string path, RawValue raw, string json, OriginalValue from)
    {
        if (!SettingCatalog.ByPath.TryGetValue(path, out Setting? setting))
        {
            LookAt(from.ToString(), $"this version has no {path}, so it is left out.");
            return;
        }

        if (!setting.TryRead(raw, out _, out string? problem))
        {
            if (!IsMissingFile(setting, raw))
            {
                string reason = problem is null ? "" : $" ({problem})";
                LookAt(from.ToString(), $"not possible for {path}{reason}: expected {setting.Expected}. It is left out; the default is {setting.DefaultText}.");
                return;
            }

            LookAt(path, $"{problem}; create it before the start.");
        }

        Remove(path);
        _settings.Add(new ImportedSetting(setting.Path, json, from));
    }

    /// <summary>The file may be on the machine that the configuration is for.</summary>
    private bool IsMissingFile(Setting setting, RawValue raw) =>
        setting is TypedSetting<string> { Type: PathType { MustExist: true } } && raw.Text.Length > 0 && !Path.Exists(Path.GetFullPath(raw.Text, baseDirectory));
}
