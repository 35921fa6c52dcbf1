namespace Binlog.Service.Configuration.Settings;

/// <summary>A setting whose value is a <typeparamref name="T"/>.</summary>
internal sealed record TypedSetting<T>(string Path, SettingType<T> Type) : Setting(Path)
    where T : notnull
{
    private readonly T? _default;

    /// <summary>Value without any source; reading it throws when the setting has none.</summary>
    public T Default
    {
        get => HasDefault ? _default! : throw new InvalidOperationException($"{Path} has no default.");
        init => (_default, HasDefault) = (value, true);
    }

    public bool HasDefault { get; private init; }

    public override bool HasPlainDefault => HasDefault;

    public override string TypeName => Type.Name;

    public override string Unit => Type.Unit;

    public override string Range => Type.Range;

    public override string Expected => Type.Expected;

    public override string DefaultText => DefaultNote ?? (HasDefault ? Type.Format(_default!) : "none");

    public override bool TryRead(RawValue raw, out object? value, out string? problem)
    {
        var read = Type.TryRead(raw, out var typed, out problem);
        value = typed;
        return read;
    }

    public override string Format(object? value) => value is T typed ? (Secret ? new Secret(typed.ToString()).ToString() : Type.Format(typed)) : "";
}
