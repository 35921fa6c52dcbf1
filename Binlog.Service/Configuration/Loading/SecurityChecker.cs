using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Binlog.Service.Configuration.Settings;

namespace Binlog.Service.Configuration.Loading;

/// <summary>Checks the section <c>security</c>: all files or none, each readable, the key that of the certificate.</summary>
internal sealed class SecurityChecker(SettingValues values, bool complete, SettingProblems problems)
{
    private static readonly TypedSetting<string>[] Files = [OperationsSettings.CaFile, OperationsSettings.CertFile, OperationsSettings.KeyFile];

    public void Check()
    {
        Setting[] given = [.. Files.Where(values.IsGiven)];
        if (given.Length == 0)
        {
            if (values.IsGiven(OperationsSettings.AllowedCommonNames))
            {
                problems.Report(OperationsSettings.AllowedCommonNames, "of no use without TLS", null, "Set security.caFile, security.certFile and security.keyFile, or remove it.");
            }

            return;
        }

        foreach (TypedSetting<string> missing in Files.Where(file => complete && !values.IsGiven(file)))
        {
            problems.Report(missing, $"missing, and {given[0].Path} is of no use without it", missing.Expected, "TLS needs security.caFile, security.certFile and security.keyFile.");
        }

        CheckAuthorities();
        CheckCertificate();
    }

    private void CheckAuthorities()
    {
        if (values.GetOptional(OperationsSettings.CaFile) is not { } file)
        {
            return;
        }

        var authorities = new X509Certificate2Collection();
        string? problem = Try(() => authorities.ImportFromPemFile(file));
        if (problem is not null || authorities.Count == 0)
        {
            ReportFile(OperationsSettings.CaFile, file, problem ?? "it holds no certificate", "a PEM file with BEGIN CERTIFICATE");
        }
    }

    private void CheckCertificate()
    {
        if (values.GetOptional(OperationsSettings.CertFile) is not { } certFile)
        {
            return;
        }

        X509Certificate2? certificate = null;
        string? problem = Try(() => certificate = X509Certificate2.CreateFromPem(File.ReadAllText(certFile)));
        if (certificate is null)
        {
            ReportFile(OperationsSettings.CertFile, certFile, problem ?? "it holds no certificate", "a PEM file with BEGIN CERTIFICATE");
            return;
        }

        using (certificate)
        {
            if (values.GetOptional(OperationsSettings.KeyFile) is { } keyFile && Try(() => X509Certificate2.CreateFromPemFile(certFile, keyFile).Dispose()) is { } keyProblem)
            {
                ReportFile(OperationsSettings.KeyFile, keyFile, keyProblem, $"the unencrypted PEM private key of {certificate.Subject} in {certFile}");
            }
        }
    }

    /// <summary>What went wrong; null when nothing did.</summary>
    private static string? Try(Action read)
    {
        try
        {
            read();
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or CryptographicException or ArgumentException)
        {
            return exception.Message.TrimEnd('.');
        }
    }

    private void ReportFile(Setting setting, string file, string problem, string expected) => problems.Report(setting, $"{file} can't be used: {problem}", expected, null);
}
