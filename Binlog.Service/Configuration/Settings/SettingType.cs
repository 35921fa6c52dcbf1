using System.Diagnostics.CodeAnalysis;

namespace Binlog.Service.Configuration.Settings;

/// <summary>Reads and writes the values of settings of one type. Stateless, pure.</summary>
internal abstract class SettingType<T>
    where T : notnull
{
    /// <inheritdoc cref="Setting.TypeName"/>
    public abstract string Name { get; }

    /// <inheritdoc cref="Setting.Unit"/>
    public virtual string Unit => "";

    /// <inheritdoc cref="Setting.Range"/>
    public virtual string Range => "";

    /// <inheritdoc cref="Setting.Expected"/>
    public abstract string Expected { get; }

    /// <inheritdoc cref="Setting.TryRead"/>
    public abstract bool TryRead(RawValue raw, [MaybeNullWhen(false)] out T value, out string? problem);

    /// <summary>The value as a configuration file would have it.</summary>
    public abstract string Format(T value);
}
