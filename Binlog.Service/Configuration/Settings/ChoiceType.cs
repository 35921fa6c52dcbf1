using System.Diagnostics.CodeAnalysis;
using Binlog.Service.Configuration.Loading;

namespace Binlog.Service.Configuration.Settings;

/// <summary>One of a few words, each of which stands for a value. Case doesn't matter.</summary>
internal sealed class ChoiceType<T>(params (string Word, T Value)[] choices) : SettingType<T>
    where T : struct, Enum
{
    public override string Name => "choice";

    public override string Range => string.Join(", ", choices.Select(c => c.Word));

    public override string Expected => choices.Length == 1 ? $"\"{choices[0].Word}\"" : $"one of {Range}";

    public override bool TryRead(RawValue raw, [MaybeNullWhen(false)] out T value, out string? problem)
    {
        problem = null;
        value = default;
        if (!raw.IsText)
        {
            return false;
        }

        foreach (var (word, choice) in choices)
        {
            if (word.Equals(raw.Text, StringComparison.OrdinalIgnoreCase))
            {
                value = choice;
                return true;
            }
        }

        var near = EditDistance.Nearest(raw.Text, choices.Select(c => c.Word));
        problem = near is null ? null : $"did you mean \"{near}\"?";
        return false;
    }

    public override string Format(T value) => choices.First(c => EqualityComparer<T>.Default.Equals(c.Value, value)).Word;
}
